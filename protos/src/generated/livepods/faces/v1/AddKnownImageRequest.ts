// Original file: livepods/faces/v1/faces.proto


export interface AddKnownImageRequest {
  'content'?: (Buffer | Uint8Array | string);
  'person'?: (string);
  'name'?: (string);
}

export interface AddKnownImageRequest__Output {
  'content': (Buffer);
  'person': (string);
  'name': (string);
}
