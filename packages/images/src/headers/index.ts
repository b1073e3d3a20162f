import { ImageUnreadableError } from '../open-image.ts'
import type { ImageFormat } from '../sniff.ts'
import { avif } from './avif.ts'
import { Blocks, type Read } from './blocks.ts'
import { gif } from './gif.ts'
import type { Header } from './header.ts'
import { jpeg } from './jpeg.ts'
import { png } from './png.ts'
import { tiff } from './tiff.ts'
import { webp } from './webp.ts'

const HEADERS: Record<ImageFormat, (file: Blocks) => Promise<Header | undefined>> = { jpeg, png, webp, gif, tiff, avif }

const BROKEN = 'The beginning of the file is broken: it does not say how large the picture is.'

/**
 * What the header of a picture says of it, read without decoding anything. Rejects with ImageUnreadableError; `cut` when the file ends too
 * soon.
 */
export async function readHeader(source: Buffer | Read, format: ImageFormat): Promise<Header> {
  try {
    const header = await HEADERS[format](new Blocks(source))
    if (header && header.width > 0 && header.height > 0) return header
  } catch (error) {
    // Reading beyond the end of what is there.
    if (!(error instanceof RangeError)) throw error
    throw new ImageUnreadableError(BROKEN, { cause: error, cut: true })
  }
  throw new ImageUnreadableError(BROKEN)
}
