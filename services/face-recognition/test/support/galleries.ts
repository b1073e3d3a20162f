import type { Gallery, KnownImage } from '../../src/gallery/gallery.ts'
import { GalleryRows } from '../../src/gallery/gallery-rows.ts'
import { CHUNK_ROWS, descriptorIn, isThere, openChunk } from '../../src/gallery/shared-gallery.ts'

/** The gallery of these images. */
export function galleryOf(engine: string, images: readonly KnownImage[]): Gallery {
  const rows = new GalleryRows(engine)
  for (const image of images) rows.add(image)
  return rows.gallery()
}

/** All its images, in the order of their names. */
export function imagesIn(gallery: Gallery): { name: string; descriptor: Float32Array; rank: number }[] {
  const { chunks, count, generation } = gallery.shared
  const images = chunks.flatMap((memory, at) => {
    if (!memory) return []
    const chunk = openChunk(memory)
    const rows = Array.from({ length: Math.min(CHUNK_ROWS, count - at * CHUNK_ROWS) }, (_, row) => row)
    return rows
      .filter((row) => isThere(chunk, row, generation))
      .map((row) => ({
        name: gallery.imageAt(at * CHUNK_ROWS + row).imageName,
        descriptor: descriptorIn(chunk, row),
        rank: chunk.ranks[row] as number,
      }))
  })
  return images.sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** The names of its images, in order. */
export function namesIn(gallery: Gallery): string[] {
  return imagesIn(gallery).map(({ name }) => name)
}
