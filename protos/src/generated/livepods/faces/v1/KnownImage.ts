// Original file: livepods/faces/v1/faces.proto

import type { KnownImageWarning as _livepods_faces_v1_KnownImageWarning, KnownImageWarning__Output as _livepods_faces_v1_KnownImageWarning__Output } from '../../../livepods/faces/v1/KnownImageWarning.ts';

export interface KnownImage {
  'imageName'?: (string);
  'person'?: (string);
  'content'?: (string);
  'faces'?: (number);
  'warning'?: (_livepods_faces_v1_KnownImageWarning);
  'detail'?: (string);
}

export interface KnownImage__Output {
  'imageName': (string);
  'person': (string);
  'content': (string);
  'faces': (number);
  'warning': (_livepods_faces_v1_KnownImageWarning__Output);
  'detail': (string);
}
