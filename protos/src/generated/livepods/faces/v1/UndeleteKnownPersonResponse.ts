// Original file: livepods/faces/v1/faces.proto

import type { KnownImage as _livepods_faces_v1_KnownImage, KnownImage__Output as _livepods_faces_v1_KnownImage__Output } from '../../../livepods/faces/v1/KnownImage.ts';

export interface UndeleteKnownPersonResponse {
  'images'?: (_livepods_faces_v1_KnownImage)[];
  'gallery'?: (string);
}

export interface UndeleteKnownPersonResponse__Output {
  'images': (_livepods_faces_v1_KnownImage__Output)[];
  'gallery': (string);
}
