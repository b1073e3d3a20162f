// Original file: livepods/faces/v1/faces.proto


export interface UndeleteKnownPersonRequest {
  'person'?: (string);
}

export interface UndeleteKnownPersonRequest__Output {
  'person': (string);
}
