// Original file: livepods/faces/v1/faces.proto

import type { KnownStoreState as _livepods_faces_v1_KnownStoreState, KnownStoreState__Output as _livepods_faces_v1_KnownStoreState__Output } from '../../../livepods/faces/v1/KnownStoreState.ts';
import type { Long } from '@grpc/proto-loader';

export interface KnownStore {
  'state'?: (_livepods_faces_v1_KnownStoreState);
  'sinceMs'?: (number | string | Long);
  'detail'?: (string);
  'vanished'?: (number);
  'known'?: (number);
  'loss'?: (string);
}

export interface KnownStore__Output {
  'state': (_livepods_faces_v1_KnownStoreState__Output);
  'sinceMs': (string);
  'detail': (string);
  'vanished': (number);
  'known': (number);
  'loss': (string);
}
