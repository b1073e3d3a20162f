// Original file: livepods/faces/v1/faces.proto


export interface ListKnownImagesRequest {
  'person'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListKnownImagesRequest__Output {
  'person': (string);
  'pageSize': (number);
  'pageToken': (string);
}
