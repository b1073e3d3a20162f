// Not the whole package: every worker would hold the schemas of its settings, 10 MB each.
import { IMAGE_MAX_PIXELS } from '@livepods/images/limits'
import { ImageUnreadable } from '@livepods/images/open-image'
import { sniff } from '@livepods/images/sniff'
import sharp from 'sharp'
import type { Picture } from './pyramid.ts'

sharp.concurrency(1)
sharp.cache(false)

/** Faces are found and described in a picture that is at most this wide and high, in pixels. */
const MAX_SIDE = 1600
const DECODE_WITHIN_SECONDS = 20

export interface Decoded {
  /** Upright, at most 1600 pixels wide and high. */
  picture: Picture
  /** Size of the upright original in pixels. */
  width: number
  height: number
}

/** Turns the bytes of a file into an upright RGB picture; of an animation the first frame. Throws ImageUnreadable. */
export async function decode(bytes: Uint8Array): Promise<Decoded> {
  refuseFormat(bytes)
  try {
    // A colour profile would cost as much as all the rest, and change descriptors by 0.00 (sRGB) to 0.02 (P3).
    const input = sharp(bytes, {
      failOn: 'error',
      limitInputPixels: IMAGE_MAX_PIXELS,
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
    throw new ImageUnreadable(sentence(error as Error), { cause: error })
  }
}

function refuseFormat(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new ImageUnreadable('The file is empty.', { cut: true })
  const format = sniff(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  if (format === 'heic') throw new ImageUnreadable('HEIC cannot be decoded here: send a JPEG, PNG, WebP or AVIF.')
  if (format === undefined) throw new ImageUnreadable('The file is not a JPEG, PNG, WebP, GIF, TIFF or AVIF.')
}

function sentence({ message }: Error): string {
  if (/pixel limit/i.test(message)) return `The picture has more than ${IMAGE_MAX_PIXELS / 1e6} million pixels.`
  if (/timeout/i.test(message)) return `The picture could not be decoded within ${DECODE_WITHIN_SECONDS} seconds.`
  return 'The picture is broken or cut off.'
}
