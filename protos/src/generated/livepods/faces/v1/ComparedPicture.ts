// Original file: livepods/faces/v1/faces.proto

import type { Outcome as _livepods_faces_v1_Outcome, Outcome__Output as _livepods_faces_v1_Outcome__Output } from '../../../livepods/faces/v1/Outcome.ts';
import type { Face as _livepods_faces_v1_Face, Face__Output as _livepods_faces_v1_Face__Output } from '../../../livepods/faces/v1/Face.ts';

export interface ComparedPicture {
  'outcome'?: (_livepods_faces_v1_Outcome);
  'detail'?: (string);
  'faces'?: (_livepods_faces_v1_Face)[];
  'width'?: (number);
  'height'?: (number);
}

export interface ComparedPicture__Output {
  'outcome': (_livepods_faces_v1_Outcome__Output);
  'detail': (string);
  'faces': (_livepods_faces_v1_Face__Output)[];
  'width': (number);
  'height': (number);
}
