// Original file: livepods/faces/v1/faces.proto

import type { KnownImage as _livepods_faces_v1_KnownImage, KnownImage__Output as _livepods_faces_v1_KnownImage__Output } from '../../../livepods/faces/v1/KnownImage.ts';
import type { KnownStore as _livepods_faces_v1_KnownStore, KnownStore__Output as _livepods_faces_v1_KnownStore__Output } from '../../../livepods/faces/v1/KnownStore.ts';

export interface ListKnownImagesResponse {
  'images'?: (_livepods_faces_v1_KnownImage)[];
  'nextPageToken'?: (string);
  'gallery'?: (string);
  'store'?: (_livepods_faces_v1_KnownStore | null);
}

export interface ListKnownImagesResponse__Output {
  'images': (_livepods_faces_v1_KnownImage__Output)[];
  'nextPageToken': (string);
  'gallery': (string);
  'store': (_livepods_faces_v1_KnownStore__Output | null);
}
