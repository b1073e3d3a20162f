// Original file: livepods/faces/v1/faces.proto


export interface RemoveKnownImageResponse {
  'removed'?: (boolean);
  'gallery'?: (string);
}

export interface RemoveKnownImageResponse__Output {
  'removed': (boolean);
  'gallery': (string);
}
