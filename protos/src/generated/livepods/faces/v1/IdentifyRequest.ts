// Original file: livepods/faces/v1/faces.proto


export interface IdentifyRequest {
  'path'?: (string);
  'content'?: (Buffer | Uint8Array | string);
  'threshold'?: (number | string);
  'withDescriptors'?: (boolean);
  'settledStamp'?: (string);
  'picture'?: "path"|"content";
  '_threshold'?: "threshold";
}

export interface IdentifyRequest__Output {
  'path'?: (string);
  'content'?: (Buffer);
  'threshold'?: (number);
  'withDescriptors': (boolean);
  'settledStamp': (string);
  'picture'?: "path"|"content";
  '_threshold'?: "threshold";
}
