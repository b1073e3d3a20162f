// Original file: livepods/faces/v1/faces.proto


export interface MoveKnownImageRequest {
  'imageName'?: (string);
  'person'?: (string);
  'content'?: (string);
}

export interface MoveKnownImageRequest__Output {
  'imageName': (string);
  'person': (string);
  'content': (string);
}
