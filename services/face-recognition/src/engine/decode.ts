// Not the whole package: every worker would hold the schemas of its settings, 10 MB each.
import { decodeCost } from '@livepods/images/decode-cost'
import { ImageUnreadable } from '@livepods/images/open-image'
import { type ImageFormat, sniff } from '@livepods/images/sniff'
import sharp from 'sharp'
import type { Picture } from './pyramid.ts'

sharp.concurrency(1)
sharp.cache(false)

/** Faces are found and described in a picture that is at most this wide and high, in pixels. */
const MAX_SIDE = 1600
/** The header says what decoding takes at most, and whoever asked was answered long before: this ends only what no header tells of. */
const DECODE_WITHIN_SECONDS = 60

/** A slow machine, or a busy one: nothing is said of the picture. */
export class DecodeTimeout extends Error {
  override readonly name = 'DecodeTimeout'
}

export interface Decoded {
  /** Upright, at most 1600 pixels wide and high. */
  picture: Picture
  /** Size of the upright original in pixels. */
  width: number
  height: number
}

/** Turns the bytes of a file into an upright RGB picture; of an animation the first frame. Throws ImageUnreadable or DecodeTimeout. */
export async function decode(bytes: Uint8Array): Promise<Decoded> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { pixels } = await decodeCost(file, formatOf(file))
  try {
    // A colour profile would cost as much as all the rest, and change descriptors by 0.00 (sRGB) to 0.02 (P3).
    const input = sharp(bytes, {
      failOn: 'error',
      // A decoder that sees another picture than the one whose cost is known is stopped.
      limitInputPixels: pixels,
      sequentialRead: true,
      ignoreIcc: true,
    })
    const { autoOrient } = await input.metadata()
    const { data, info } = await input
      .timeout({ seconds: DECODE_WITHIN_SECONDS })
      .autoOrient()
      .toColourspace('srgb')
      .removeAlpha()
      .resize({ width: MAX_SIDE, height: MAX_SIDE, fit: 'inside', withoutEnlargement: true })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    if (info.channels !== 3) throw new Error(`The decoder gave ${info.channels} channels.`)
    return { picture: { data, width: info.width, height: info.height }, ...autoOrient }
  } catch (error) {
    const { message } = error as Error
    if (/timeout/i.test(message))
      throw new DecodeTimeout(`Decoding took more than ${DECODE_WITHIN_SECONDS} seconds.`, { cause: error })
    throw new ImageUnreadable('The picture is broken or cut off.', { cause: error })
  }
}

function formatOf(bytes: Buffer): ImageFormat {
  if (bytes.length === 0) throw new ImageUnreadable('The file is empty.')
  const format = sniff(bytes)
  if (format === 'heic') throw new ImageUnreadable('HEIC cannot be decoded here: send a JPEG, PNG, WebP or AVIF.')
  if (format === undefined) throw new ImageUnreadable('The file is not a JPEG, PNG, WebP, GIF, TIFF or AVIF.')
  return format
}
