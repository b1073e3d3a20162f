import type { Gallery, KnownImage } from '../../src/gallery.ts'
import { GalleryRows } from '../../src/gallery-rows.ts'

/** The gallery of these images. */
export function galleryOf(engine: string, images: readonly KnownImage[]): Gallery {
  const rows = new GalleryRows(engine)
  for (const image of images) rows.add(image)
  return rows.gallery()
}

/** The names of its images, in order. */
export function namesIn(gallery: Gallery): string[] {
  return gallery.list().map(({ name }) => name)
}
