// Original file: facerecog/face.proto


export interface IdentifyResponse {
  'imageName'?: (string);
}

export interface IdentifyResponse__Output {
  'imageName': (string);
}
