// Original file: livepods/faces/v1/faces.proto


export interface MatchDescriptorsRequest {
  'descriptors'?: (Buffer | Uint8Array | string);
  'engine'?: (string);
  'threshold'?: (number | string);
  '_threshold'?: "threshold";
}

export interface MatchDescriptorsRequest__Output {
  'descriptors': (Buffer);
  'engine': (string);
  'threshold'?: (number);
  '_threshold'?: "threshold";
}
