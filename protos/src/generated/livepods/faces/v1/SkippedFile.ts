// Original file: livepods/faces/v1/faces.proto


export interface SkippedFile {
  'name'?: (string);
  'reason'?: (string);
}

export interface SkippedFile__Output {
  'name': (string);
  'reason': (string);
}
