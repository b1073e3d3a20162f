// Original file: livepods/faces/v1/faces.proto


export interface RemoveKnownImageRequest {
  'imageName'?: (string);
  'content'?: (string);
}

export interface RemoveKnownImageRequest__Output {
  'imageName': (string);
  'content': (string);
}
