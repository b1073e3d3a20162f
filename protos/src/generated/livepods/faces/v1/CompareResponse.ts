// Original file: livepods/faces/v1/faces.proto

import type { ComparedPicture as _livepods_faces_v1_ComparedPicture, ComparedPicture__Output as _livepods_faces_v1_ComparedPicture__Output } from '../../../livepods/faces/v1/ComparedPicture.ts';

export interface CompareResponse {
  'same'?: (boolean);
  'distance'?: (number | string);
  'one'?: (_livepods_faces_v1_ComparedPicture | null);
  'other'?: (_livepods_faces_v1_ComparedPicture | null);
  'distances'?: (number | string)[];
  'engine'?: (string);
  '_distance'?: "distance";
}

export interface CompareResponse__Output {
  'same': (boolean);
  'distance'?: (number);
  'one': (_livepods_faces_v1_ComparedPicture__Output | null);
  'other': (_livepods_faces_v1_ComparedPicture__Output | null);
  'distances': (number)[];
  'engine': (string);
  '_distance'?: "distance";
}
