// Original file: facerecog/face.proto


export interface IdentifyRequest {
  'imagePath'?: (string);
}

export interface IdentifyRequest__Output {
  'imagePath': (string);
}
