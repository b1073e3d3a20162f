// Original file: livepods/faces/v1/faces.proto


export interface PurgeKnownPersonResponse {
  'images'?: (number);
}

export interface PurgeKnownPersonResponse__Output {
  'images': (number);
}
