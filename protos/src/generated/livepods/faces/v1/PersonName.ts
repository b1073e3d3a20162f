// Original file: livepods/faces/v1/faces.proto


export interface PersonName {
  'person'?: (string);
  'displayName'?: (string);
}

export interface PersonName__Output {
  'person': (string);
  'displayName': (string);
}
