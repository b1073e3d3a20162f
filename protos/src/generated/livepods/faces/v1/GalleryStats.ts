// Original file: livepods/faces/v1/faces.proto


export interface GalleryStats {
  'hash'?: (string);
  'generation'?: (number);
  'images'?: (number);
  'people'?: (number);
  'skipped'?: (number);
}

export interface GalleryStats__Output {
  'hash': (string);
  'generation': (number);
  'images': (number);
  'people': (number);
  'skipped': (number);
}
