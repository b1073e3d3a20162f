import type { ImageFormat } from '../sniff.ts'

/** What the first bytes of a picture say of it, nothing being decoded. */
export interface Header {
  format: ImageFormat
  width: number
  height: number
  /** Numbers that the decoder keeps for a pixel (4:2:0 has 1.5), and the bytes of each. */
  channels: number
  depth: 1 | 2 | 4 | 8
  /** As a person would call it: "interlaced PNG". */
  kind: string
  /** Numbers for a pixel, with the bytes of each, that the decoder keeps of the whole picture: interlaced ones come in no order. */
  kept: number
  /** Passes over the whole picture that a progressive JPEG asks for. */
  scans?: number
  /** Pixels of one strip or tile of a TIFF, which is decoded whole. */
  piecePixels?: number
}
