// Original file: livepods/faces/v1/faces.proto


export interface ImageName {
  'imageName'?: (string);
  'displayName'?: (string);
}

export interface ImageName__Output {
  'imageName': (string);
  'displayName': (string);
}
