// Original file: livepods/faces/v1/faces.proto

import type { KnownImage as _livepods_faces_v1_KnownImage, KnownImage__Output as _livepods_faces_v1_KnownImage__Output } from '../../../livepods/faces/v1/KnownImage.ts';

export interface ListKnownImagesResponse {
  'images'?: (_livepods_faces_v1_KnownImage)[];
  'nextPageToken'?: (string);
  'gallery'?: (string);
}

export interface ListKnownImagesResponse__Output {
  'images': (_livepods_faces_v1_KnownImage__Output)[];
  'nextPageToken': (string);
  'gallery': (string);
}
