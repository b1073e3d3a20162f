// Original file: livepods/faces/v1/faces.proto


export interface ConfirmKnownImagesGoneRequest {
  'loss'?: (string);
}

export interface ConfirmKnownImagesGoneRequest__Output {
  'loss': (string);
}
