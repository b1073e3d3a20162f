import { link } from 'node:fs/promises'
import { join } from 'node:path'
import { placeSamples, SAMPLE_PHOTOS } from '@livepods/samples'

/** Paths of photos that are not there: the stub recogniser does not look. */
export function stubPaths(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `stub/photo-${n}.jpg`)
}

/** Paths of so many photos, the sample photos in turn. */
export function samplePaths(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${n}-${SAMPLE_PHOTOS[n % SAMPLE_PHOTOS.length]}`)
}

/** Puts the known people and the photos of `samplePaths` where the suite looks for them. */
export async function placePhotos(count: number, folders: Parameters<typeof placeSamples>[0]): Promise<void> {
  await placeSamples(folders)
  for (const [n, path] of samplePaths(count).entries()) {
    const sample = SAMPLE_PHOTOS[n % SAMPLE_PHOTOS.length] as string
    await link(join(folders.unknownPeople, sample), join(folders.unknownPeople, path))
  }
}
