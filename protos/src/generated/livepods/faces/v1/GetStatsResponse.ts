// Original file: livepods/faces/v1/faces.proto

import type { GalleryStats as _livepods_faces_v1_GalleryStats, GalleryStats__Output as _livepods_faces_v1_GalleryStats__Output } from '../../../livepods/faces/v1/GalleryStats.ts';
import type { WorkerStats as _livepods_faces_v1_WorkerStats, WorkerStats__Output as _livepods_faces_v1_WorkerStats__Output } from '../../../livepods/faces/v1/WorkerStats.ts';
import type { CacheStats as _livepods_faces_v1_CacheStats, CacheStats__Output as _livepods_faces_v1_CacheStats__Output } from '../../../livepods/faces/v1/CacheStats.ts';
import type { KnownStore as _livepods_faces_v1_KnownStore, KnownStore__Output as _livepods_faces_v1_KnownStore__Output } from '../../../livepods/faces/v1/KnownStore.ts';

export interface GetStatsResponse {
  'engine'?: (string);
  'ready'?: (boolean);
  'gallery'?: (_livepods_faces_v1_GalleryStats | null);
  'workers'?: (_livepods_faces_v1_WorkerStats | null);
  'results'?: (_livepods_faces_v1_CacheStats | null);
  'store'?: (_livepods_faces_v1_KnownStore | null);
  'finder'?: (number);
  'namesVersion'?: (string);
  '_namesVersion'?: "namesVersion";
}

export interface GetStatsResponse__Output {
  'engine': (string);
  'ready': (boolean);
  'gallery': (_livepods_faces_v1_GalleryStats__Output | null);
  'workers': (_livepods_faces_v1_WorkerStats__Output | null);
  'results': (_livepods_faces_v1_CacheStats__Output | null);
  'store': (_livepods_faces_v1_KnownStore__Output | null);
  'finder': (number);
  'namesVersion'?: (string);
  '_namesVersion'?: "namesVersion";
}
