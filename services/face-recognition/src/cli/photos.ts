import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ImageRoots, openImage } from '@livepods/images'
import { UsageError } from '@livepods/service'
import { visitKnownFiles } from '../known/known-files.ts'

export interface Photo {
  /** As it was named, or found in a folder that was. */
  path: string
  /** Of the photo in the folder that was named; the base name of one that was named itself. */
  name: string
}

/** The photos that are meant, in order, each folder with those in it. Throws UsageError with the first one that is none. */
export async function listPhotos(inputs: string[]): Promise<Photo[]> {
  const photos: Photo[] = []
  for (const input of inputs) {
    const stats = await stat(input).catch(() => undefined)
    if (!stats) throw new UsageError(`There is no photo or folder "${input}": check the path.`)
    if (stats.isDirectory()) photos.push(...(await photosIn(input)))
    else photos.push({ path: input, name: basename(input) })
  }
  return photos
}

async function photosIn(folder: string): Promise<Photo[]> {
  const photos: Photo[] = []
  await visitKnownFiles(
    folder,
    ({ name }) => photos.push({ path: join(folder, name), name }),
    // It is told as a photo that cannot be read.
    ({ name }) => photos.push({ path: join(folder, name), name }),
  ).catch((error) => {
    throw new UsageError(`The folder "${folder}" cannot be read (${error.code}): check its permissions.`)
  })
  if (photos.length === 0)
    throw new UsageError(
      `There is no photo in "${folder}": they end in .jpg, .jpeg, .png, .webp, .gif, .tiff or .avif.`,
    )
  return photos.sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** The bytes of a photo, wherever links lead: whoever calls the command may read it. Throws what openImage throws. */
export async function openPhoto({ path }: Photo, maxBytes: number): Promise<Buffer> {
  const real = await realpath(path)
  const roots = new ImageRoots({ unknownPeople: dirname(real), knownPeople: dirname(real) })
  return await openImage(roots, basename(real), { maxBytes })
}
