// Original file: livepods/faces/v1/faces.proto

import type { SkippedFile as _livepods_faces_v1_SkippedFile, SkippedFile__Output as _livepods_faces_v1_SkippedFile__Output } from '../../../livepods/faces/v1/SkippedFile.ts';

export interface GalleryStats {
  'hash'?: (string);
  'generation'?: (number);
  'images'?: (number);
  'people'?: (number);
  'skipped'?: (number);
  'skippedFiles'?: (_livepods_faces_v1_SkippedFile)[];
  'skippedInAll'?: (number);
}

export interface GalleryStats__Output {
  'hash': (string);
  'generation': (number);
  'images': (number);
  'people': (number);
  'skipped': (number);
  'skippedFiles': (_livepods_faces_v1_SkippedFile__Output)[];
  'skippedInAll': (number);
}
