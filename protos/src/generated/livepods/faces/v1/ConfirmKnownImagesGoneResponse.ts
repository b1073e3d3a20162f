// Original file: livepods/faces/v1/faces.proto


export interface ConfirmKnownImagesGoneResponse {
  'confirmed'?: (boolean);
  'gallery'?: (string);
}

export interface ConfirmKnownImagesGoneResponse__Output {
  'confirmed': (boolean);
  'gallery': (string);
}
