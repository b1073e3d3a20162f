// Original file: livepods/faces/v1/faces.proto

import type { Match as _livepods_faces_v1_Match, Match__Output as _livepods_faces_v1_Match__Output } from '../../../livepods/faces/v1/Match.ts';

export interface FaceMatch {
  'identified'?: (boolean);
  'nearest'?: (_livepods_faces_v1_Match | null);
  'runnerUp'?: (_livepods_faces_v1_Match | null);
}

export interface FaceMatch__Output {
  'identified': (boolean);
  'nearest': (_livepods_faces_v1_Match__Output | null);
  'runnerUp': (_livepods_faces_v1_Match__Output | null);
}
