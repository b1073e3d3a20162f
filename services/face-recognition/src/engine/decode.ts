import { IMAGE_MAX_PIXELS, ImageUnreadable, sniff } from '@livepods/images'
import sharp from 'sharp'
import type { Picture } from './warp.ts'

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
    const input = sharp(bytes, { failOn: 'error', limitInputPixels: IMAGE_MAX_PIXELS, sequentialRead: true })
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

/** The picture in a black square of `side` pixels, `margin` parts of its longer side away from the left and upper edge. */
export async function onSquare({ data, width, height }: Picture, side: number, margin: number): Promise<Square> {
  const scale = side / (Math.max(width, height) * (1 + 2 * margin))
  const inner = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
  const offset = Math.round(margin * Math.max(width, height) * scale)
  const square = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ ...inner, fit: 'fill', kernel: scale < 1 ? 'cubic' : 'linear' })
    .extend({
      left: offset,
      top: offset,
      right: side - inner.width - offset,
      bottom: side - inner.height - offset,
      background: '#000',
    })
    .raw()
    .toBuffer()
  return { data: square, offset, scaleX: inner.width / width, scaleY: inner.height / height }
}

export interface Square {
  data: Uint8Array
  /** A point of the picture times `scaleX` or `scaleY`, plus `offset`, is the point of the square. */
  offset: number
  scaleX: number
  scaleY: number
}

function refuseFormat(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new ImageUnreadable('The file is empty.')
  const format = sniff(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  if (format === 'heic') throw new ImageUnreadable('HEIC cannot be decoded here: send a JPEG, PNG, WebP or AVIF.')
  if (format === undefined) throw new ImageUnreadable('The file is not a JPEG, PNG, WebP, GIF, TIFF or AVIF.')
}

function sentence({ message }: Error): string {
  if (/pixel limit/i.test(message)) return `The picture has more than ${IMAGE_MAX_PIXELS / 1e6} million pixels.`
  if (/timeout/i.test(message)) return `The picture could not be decoded within ${DECODE_WITHIN_SECONDS} seconds.`
  return 'The picture is broken or cut off.'
}
