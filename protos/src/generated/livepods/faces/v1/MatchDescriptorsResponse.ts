// Original file: livepods/faces/v1/faces.proto

import type { FaceMatch as _livepods_faces_v1_FaceMatch, FaceMatch__Output as _livepods_faces_v1_FaceMatch__Output } from '../../../livepods/faces/v1/FaceMatch.ts';

export interface MatchDescriptorsResponse {
  'matches'?: (_livepods_faces_v1_FaceMatch)[];
  'gallery'?: (string);
  'engine'?: (string);
}

export interface MatchDescriptorsResponse__Output {
  'matches': (_livepods_faces_v1_FaceMatch__Output)[];
  'gallery': (string);
  'engine': (string);
}
