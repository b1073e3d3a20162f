import type { Read } from './headers/blocks.ts'
import type { Header } from './headers/header.ts'
import { readHeader } from './headers/index.ts'
import { IMAGE_MAX_PIXELS } from './limits.ts'
import { ImageUnreadableError } from './open-image.ts'
import type { ImageFormat } from './sniff.ts'

/** What decoding a picture takes, from its header alone: the same on every machine, however busy it is. */
export interface DecodeCost {
  pixels: number
  /** The most memory at a time, measured and rounded up. */
  bytes: number
  /** The same where all of its pixels are wanted in their full size. */
  wholeBytes: number
  /** CPU time on the machine that it was measured on (docs/decisions/0011). */
  seconds: number
  /** Above what a photo of a camera takes: such pictures wait for each other (DecodeBudget). */
  isCostly: boolean
}

/** Decoding takes more memory or time than any picture gets. Its message names both. */
export class DecodeTooCostlyError extends ImageUnreadableError {
  override readonly name = 'DecodeTooCostlyError'
  override readonly code = 'DECODE_TOO_COSTLY'
}

const MiB = 1024 * 1024

/** No picture gets more. With it face-recognition and the frontend stay below the memory that k8s/base gives them. */
export const DECODE_MAX_BYTES = 240 * MiB
export const DECODE_MAX_SECONDS = 4
/** Up to these limits a picture is decoded beside any others. */
export const CHEAP_BYTES = 64 * MiB
const CHEAP_SECONDS = 1

/**
 * The cost of a picture. Rejects with DecodeTooCostlyError when it is above the limits, and with ImageUnreadableError when its header is
 * broken.
 */
export async function decodeCost(source: Buffer | Read, format: ImageFormat): Promise<DecodeCost> {
  const header = await readHeader(source, format)
  const cost = costOf(header)
  const sentence = refusal(header, cost)
  if (sentence !== undefined) throw new DecodeTooCostlyError(sentence)
  return cost
}

/** The cost of a picture with this header. */
export function costOf(header: Header): DecodeCost {
  const pixels = header.width * header.height
  const bytes = bytesOf(header, pixels)
  const seconds = (pixels * nanosecondsOf(header)) / 1e9
  const wholeBytes = Math.max(bytes, MADE + (header.kept + header.channels * header.depth) * pixels)
  return { pixels, bytes, wholeBytes, seconds, isCostly: bytes > CHEAP_BYTES || seconds > CHEAP_SECONDS }
}

/** Memory of the result that libvips makes, and rows that it buffers meanwhile; fewer where the decoder keeps the whole picture anyway. */
const MADE = 8 * MiB
const ROWS = { kept: 1400, notKept: 2000 }

function bytesOf({ format, width, height, channels, depth, kept, piecePixels = 0 }: Header, pixels: number): number {
  const row = width * channels * depth
  const rows = 1.15 * row * Math.min(height, kept > 0 ? ROWS.kept : ROWS.notKept)
  // Strips and tiles of a TIFF are decoded whole.
  const piece = piecePixels > ROWS.notKept * width ? piecePixels * channels * depth : 0
  return Math.ceil(MADE + kept * pixels + piece + Math.min(rows, MOST_ROWS_BYTES[format] ?? rows))
}

/** These decoders make the picture smaller themselves; what an AVIF keeps contains its rows. */
const MOST_ROWS_BYTES: Partial<Record<ImageFormat, number>> = { jpeg: 20 * MiB, webp: 20 * MiB, avif: 0 }

function nanosecondsOf({ format, channels, depth, kept, scans = 1 }: Header): number {
  switch (format) {
    case 'jpeg':
      // Four colours go through a profile.
      return (channels > 3 ? 38 : 7) + (kept / 2) * (1 + 0.8 * scans)
    case 'webp':
      return kept >= 4 ? 35 : 22
    case 'gif':
      return 25
    case 'avif':
      return (depth > 1 ? 160 : 85) * (channels > 3 ? 1.5 : 1)
    case 'png':
    case 'tiff': {
      // Transparency is multiplied in before the picture is made smaller, and taken out again after it.
      const alpha = channels === 2 || channels > 3 ? 14 : 0
      return 4 + channels * (depth > 1 ? 21 : 6.5) + alpha + (kept > 0 ? 18 : 0) + (format === 'tiff' ? 12 : 0)
    }
  }
}

function refusal({ kind, width, height }: Header, { pixels, bytes, seconds }: DecodeCost): string | undefined {
  if (pixels > IMAGE_MAX_PIXELS) {
    const megapixels = pixels / 1e6
    const shown = megapixels < 100 ? megapixels.toFixed(1) : megapixels.toFixed(0)
    return `The picture has ${shown} megapixels; the limit is ${IMAGE_MAX_PIXELS / 1e6}. Make it smaller.`
  }
  const what = `To decode this ${kind} of ${width} × ${height} pixels`
  const remedy = 'Make it smaller, or save it as a baseline JPEG.'
  if (bytes > DECODE_MAX_BYTES)
    return `${what} takes ${Math.ceil(bytes / MiB)} MB of memory; the limit is ${DECODE_MAX_BYTES / MiB}. ${remedy}`
  if (seconds > DECODE_MAX_SECONDS)
    return `${what} takes ${seconds.toFixed(1)} seconds of computing; the limit is ${DECODE_MAX_SECONDS}. ${remedy}`
  return undefined
}
