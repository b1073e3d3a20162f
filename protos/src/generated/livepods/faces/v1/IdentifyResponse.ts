// Original file: livepods/faces/v1/faces.proto

import type { Outcome as _livepods_faces_v1_Outcome, Outcome__Output as _livepods_faces_v1_Outcome__Output } from '../../../livepods/faces/v1/Outcome.ts';
import type { Face as _livepods_faces_v1_Face, Face__Output as _livepods_faces_v1_Face__Output } from '../../../livepods/faces/v1/Face.ts';

export interface IdentifyResponse {
  'outcome'?: (_livepods_faces_v1_Outcome);
  'detail'?: (string);
  'faces'?: (_livepods_faces_v1_Face)[];
  'width'?: (number);
  'height'?: (number);
  'gallery'?: (string);
  'engine'?: (string);
  'stamp'?: (string);
  'unfinished'?: (boolean);
  'truncated'?: (boolean);
  'incomplete'?: (boolean);
  'moreFaces'?: (number);
  'finder'?: (number);
}

export interface IdentifyResponse__Output {
  'outcome': (_livepods_faces_v1_Outcome__Output);
  'detail': (string);
  'faces': (_livepods_faces_v1_Face__Output)[];
  'width': (number);
  'height': (number);
  'gallery': (string);
  'engine': (string);
  'stamp': (string);
  'unfinished': (boolean);
  'truncated': (boolean);
  'incomplete': (boolean);
  'moreFaces': (number);
  'finder': (number);
}
