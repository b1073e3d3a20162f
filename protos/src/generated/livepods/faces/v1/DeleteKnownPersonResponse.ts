// Original file: livepods/faces/v1/faces.proto


export interface DeleteKnownPersonResponse {
  'images'?: (number);
  'gallery'?: (string);
}

export interface DeleteKnownPersonResponse__Output {
  'images': (number);
  'gallery': (string);
}
