// Original file: livepods/faces/v1/faces.proto

import type { Picture as _livepods_faces_v1_Picture, Picture__Output as _livepods_faces_v1_Picture__Output } from '../../../livepods/faces/v1/Picture.ts';

export interface CompareRequest {
  'one'?: (_livepods_faces_v1_Picture | null);
  'other'?: (_livepods_faces_v1_Picture | null);
  'threshold'?: (number | string);
  '_threshold'?: "threshold";
}

export interface CompareRequest__Output {
  'one': (_livepods_faces_v1_Picture__Output | null);
  'other': (_livepods_faces_v1_Picture__Output | null);
  'threshold'?: (number);
  '_threshold'?: "threshold";
}
