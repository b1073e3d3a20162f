// Original file: livepods/faces/v1/faces.proto


export interface Picture {
  'path'?: (string);
  'content'?: (Buffer | Uint8Array | string);
  'source'?: "path"|"content";
}

export interface Picture__Output {
  'path'?: (string);
  'content'?: (Buffer);
  'source'?: "path"|"content";
}
