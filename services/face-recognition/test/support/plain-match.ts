import type { Gallery } from '../../src/gallery/gallery.ts'
import { personOf } from '../../src/gallery/known-person.ts'
import type { FaceMatch, Matcher } from '../../src/gallery/matcher.ts'
import { distanceOf, isNearer, meanOf } from '../../src/gallery/shared-gallery.ts'
import { imagesIn } from './galleries.ts'

/** Whom a face looks like, found by comparing it with each image: what the search among rough rows must find as well. */
export function plainMatch(gallery: Gallery, face: Float32Array, threshold: number): FaceMatch {
  const images = imagesIn(gallery)
    .map(({ name, descriptor, rank }) => ({ name, rank, distance: distanceOf(descriptor, face) }))
    .sort((one, other) => (isNearer(one, other) ? -1 : 1))
    .map(({ name, distance }) => ({ person: personOf(name), imageName: name, distance }))
  const [nearest] = images
  if (!nearest) return { identified: false }
  const distances = images.filter(({ person }) => person === nearest.person).map(({ distance }) => distance)
  const runnerUp = images.find(({ person }) => person !== nearest.person)
  const identified = nearest.distance <= threshold && meanOf(distances) <= threshold
  return { identified, nearest, ...(runnerUp && { runnerUp }) }
}

/** Looks faces up among the known people of each moment. */
export function plainMatcher(known: { gallery: Gallery }): Matcher {
  return {
    match: async (descriptors, threshold) => {
      const { gallery } = known
      return { gallery: gallery.hash, faces: descriptors.map((face) => plainMatch(gallery, face, threshold)) }
    },
  }
}
