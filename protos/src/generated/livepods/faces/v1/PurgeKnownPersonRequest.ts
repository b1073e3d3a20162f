// Original file: livepods/faces/v1/faces.proto


export interface PurgeKnownPersonRequest {
  'person'?: (string);
}

export interface PurgeKnownPersonRequest__Output {
  'person': (string);
}
