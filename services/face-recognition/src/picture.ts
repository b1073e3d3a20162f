import { type ImageRoots, ImageUnreadable, openImage, sniff } from '@livepods/images'

/** Where a picture comes from: a path as the receiver accepted it, or its bytes. */
export type Source = { path: string } | { content: Buffer }

export interface PictureOptions {
  roots: ImageRoots
  maxBytes: number
}

const UPLOADS: readonly unknown[] = ['jpeg', 'png', 'webp']

/** The bytes of a picture. Throws PathRefused, ImageMissing or ImageUnreadable. */
export async function readPicture(source: Source, { roots, maxBytes }: PictureOptions): Promise<Uint8Array> {
  if ('path' in source) return await openImage(roots, source.path, { maxBytes })
  const { content } = source
  if (content.length > maxBytes)
    throw new ImageUnreadable(
      `The picture has ${content.length} bytes; ${maxBytes} is the limit (IMAGE_MAX_MEGABYTES).`,
    )
  if (!UPLOADS.includes(sniff(content))) throw new ImageUnreadable('Sent bytes must be a JPEG, PNG or WebP.')
  return content
}
