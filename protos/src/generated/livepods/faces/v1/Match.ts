// Original file: livepods/faces/v1/faces.proto


export interface Match {
  'person'?: (string);
  'imageName'?: (string);
  'distance'?: (number | string);
  'displayName'?: (string);
}

export interface Match__Output {
  'person': (string);
  'imageName': (string);
  'distance': (number);
  'displayName': (string);
}
