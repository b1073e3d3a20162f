// Original file: livepods/faces/v1/faces.proto


export interface DeleteKnownPersonRequest {
  'person'?: (string);
  'imageNames'?: (string)[];
}

export interface DeleteKnownPersonRequest__Output {
  'person': (string);
  'imageNames': (string)[];
}
