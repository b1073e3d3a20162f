// Not the whole package: every worker would hold the schemas of its settings, 10 MB each.
import { DecodeTooCostlyError, decodeCost } from '@livepods/images/decode-cost'
import { ImageUnreadableError } from '@livepods/images/open-image'
import { type ImageFormat, sniff } from '@livepods/images/sniff'
import sharp, { type Sharp, type SharpOptions } from 'sharp'
import { isCutOff, isPartlyZeros } from './cut-off.ts'
import type { Picture } from './pyramid.ts'
import { stretchOf } from './stretch.ts'
import { type Area, decodeTruncated } from './truncated-jpeg.ts'

sharp.concurrency(1)
sharp.cache(false)

/** Faces are found and described in a picture that is at most this wide and high, in pixels; far ones in a finer one. */
const MAX_SIDE = 1600
export const FINER_SIDE = 3200
/** Pictures that are known to cost more are refused by their header; this ends the decoding of those whose header does not tell. */
const DECODE_WITHIN_SECONDS = 60

/** A slow machine, or a busy one: nothing is said of the picture. */
export class DecodeTimeoutError extends Error {
  override readonly name = 'DecodeTimeoutError'
  readonly code = 'DECODE_TIMEOUT'
}

export interface Decoded {
  /** Upright, at most 1600 pixels wide and high (FINER_SIDE where that was asked for); one that is very long has more in its length. */
  picture: Picture
  /** Size of the upright original in pixels. */
  width: number
  height: number
  /** The end of the file is missing: only this part of the picture came, in its pixels. */
  came?: Area
}

export interface DecodeOptions {
  /** What is missing of the file will not come any more: a JPEG that is cut off is decoded as far as it goes. */
  lenient?: boolean | undefined
  /** The most pixels that the picture has in width and height. */
  maxSide?: number
}

/**
 * Turns the bytes of a file into an upright RGB picture; of an animation the first frame. Throws ImageUnreadableError or
 * DecodeTimeoutError.
 */
export async function decode(
  bytes: Uint8Array,
  { lenient = false, maxSide = MAX_SIDE }: DecodeOptions = {},
): Promise<Decoded> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const format = formatOf(file)
  const limitInputPixels = await pixelsOf(file, format)
  const decoder = (bytes: Buffer, options: SharpOptions = {}) => open(bytes, { limitInputPixels, ...options })
  try {
    if (format === 'jpeg' && isPartlyZeros(file)) throw new Error('The file ends in zeros.')
    const { autoOrient } = await decoder(file).metadata()
    return { picture: await pixels(decoder(file), Math.round(maxSide * stretchOf(autoOrient))), ...autoOrient }
  } catch (error) {
    refuseTimeout(error as Error)
    if (!isCutOff(file)) throw new ImageUnreadableError('The picture is broken.', { cause: error })
    if (lenient && format === 'jpeg') return await decodeCut(file, (bytes) => decoder(bytes, FILLED))
    throw new ImageUnreadableError(CUT_OFF, { cause: error, cut: true })
  }
}

/** By the header: the limit for the decoder, so that it decodes no larger picture than the one whose cost was checked. */
async function pixelsOf(file: Buffer, format: ImageFormat): Promise<number> {
  try {
    return (await decodeCost(file, format)).pixels
  } catch (error) {
    if (error instanceof DecodeTooCostlyError || !(error instanceof ImageUnreadableError) || !isCutOff(file))
      throw error
    throw new ImageUnreadableError(CUT_OFF, { cause: error, cut: true })
  }
}

async function decodeCut(file: Buffer, filled: (bytes: Buffer) => Sharp): Promise<Decoded> {
  try {
    const { autoOrient, orientation = 1 } = await filled(file).metadata()
    const fill = (bytes: Buffer) => pixels(filled(bytes), Math.round(MAX_SIDE * stretchOf(autoOrient)))
    return { ...(await decodeTruncated(file, { orientation, fill })), ...autoOrient }
  } catch (error) {
    refuseTimeout(error as Error)
    if (error instanceof ImageUnreadableError) throw error
    throw new ImageUnreadableError(CUT_OFF, { cause: error, cut: true })
  }
}

/** The decoder fills up what is missing. `unlimited`, since each missing restart marker counts as a fault, and few are allowed. */
const FILLED = { failOn: 'none', unlimited: true } as const

function open(bytes: Buffer, options: SharpOptions): Sharp {
  return sharp(bytes, {
    failOn: 'error',
    sequentialRead: true,
    // A colour profile would cost as much as all the rest, and change embeddings by 0.00 (sRGB) to 0.02 (P3).
    ignoreIcc: true,
    ...options,
  })
}

async function pixels(input: Sharp, side: number): Promise<Picture> {
  const { data, info } = await input
    .timeout({ seconds: DECODE_WITHIN_SECONDS })
    .autoOrient()
    .toColourspace('srgb')
    .removeAlpha()
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  if (info.channels !== 3) throw new Error(`The decoder gave ${info.channels} channels.`)
  return { data, width: info.width, height: info.height }
}

function formatOf(bytes: Buffer): ImageFormat {
  if (bytes.length === 0) throw new ImageUnreadableError('The file is empty.', { cut: true })
  const format = sniff(bytes)
  if (format === 'heic') throw new ImageUnreadableError('HEIC cannot be decoded here: send a JPEG, PNG, WebP or AVIF.')
  if (format === undefined)
    throw new ImageUnreadableError('The file is not a JPEG, PNG, WebP, GIF, TIFF or AVIF.', { cut: isCutOff(bytes) })
  return format
}

const CUT_OFF = 'The picture is broken or cut off: its end is missing.'

function refuseTimeout(error: Error): void {
  if (!/timeout/i.test(error.message)) return
  throw new DecodeTimeoutError(`Decoding took more than ${DECODE_WITHIN_SECONDS} seconds.`, { cause: error })
}
