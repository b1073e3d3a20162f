// Original file: livepods/faces/v1/faces.proto

import type { Box as _livepods_faces_v1_Box, Box__Output as _livepods_faces_v1_Box__Output } from '../../../livepods/faces/v1/Box.ts';
import type { Match as _livepods_faces_v1_Match, Match__Output as _livepods_faces_v1_Match__Output } from '../../../livepods/faces/v1/Match.ts';

export interface Face {
  'box'?: (_livepods_faces_v1_Box | null);
  'score'?: (number | string);
  'identified'?: (boolean);
  'nearest'?: (_livepods_faces_v1_Match | null);
  'runnerUp'?: (_livepods_faces_v1_Match | null);
  'descriptor'?: (Buffer | Uint8Array | string);
  'quality'?: (number | string);
  '_quality'?: "quality";
}

export interface Face__Output {
  'box': (_livepods_faces_v1_Box__Output | null);
  'score': (number);
  'identified': (boolean);
  'nearest': (_livepods_faces_v1_Match__Output | null);
  'runnerUp': (_livepods_faces_v1_Match__Output | null);
  'descriptor': (Buffer);
  'quality'?: (number);
  '_quality'?: "quality";
}
