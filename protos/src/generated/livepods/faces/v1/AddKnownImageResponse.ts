// Original file: livepods/faces/v1/faces.proto

import type { KnownImage as _livepods_faces_v1_KnownImage, KnownImage__Output as _livepods_faces_v1_KnownImage__Output } from '../../../livepods/faces/v1/KnownImage.ts';

export interface AddKnownImageResponse {
  'image'?: (_livepods_faces_v1_KnownImage | null);
  'added'?: (boolean);
  'gallery'?: (string);
}

export interface AddKnownImageResponse__Output {
  'image': (_livepods_faces_v1_KnownImage__Output | null);
  'added': (boolean);
  'gallery': (string);
}
