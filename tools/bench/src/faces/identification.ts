import { distanceOf } from './pairs.ts'

type Descriptor = ArrayLike<number>

/** What a face is called, over all faces of one kind of photo. */
export interface Names {
  right: number
  wrong: number
  /** Nobody, or no face was found. */
  none: number
}

/** Known people with the descriptors of their images. */
export type KnownPeople = ReadonlyMap<string, readonly Descriptor[]>

/**
 * The person of the nearest image if that is within the threshold and, of a person with two or more images, their mean distance is too;
 * else undefined.
 */
export function identify(descriptor: Descriptor, known: KnownPeople, threshold: number): string | undefined {
  let nearest = { person: '', distance: Number.POSITIVE_INFINITY, mean: Number.POSITIVE_INFINITY }
  for (const [person, images] of known) {
    const distances = images.map((image) => distanceOf(image, descriptor))
    const distance = Math.min(...distances)
    if (distance >= nearest.distance) continue
    nearest = { person, distance, mean: distances.reduce((sum, value) => sum + value, 0) / distances.length }
  }
  return nearest.distance <= threshold && nearest.mean <= threshold ? nearest.person : undefined
}

/** Photos of one person each: the largest face counts. */
export function nameLargest(
  photos: readonly { person: string; descriptors: readonly Descriptor[] }[],
  known: KnownPeople,
  threshold: number,
): Names {
  const names = { right: 0, wrong: 0, none: 0 }
  for (const { person, descriptors } of photos) {
    const name = descriptors[0] && identify(descriptors[0], known, threshold)
    names[name === undefined ? 'none' : name === person ? 'right' : 'wrong']++
  }
  return names
}

/** Photos of several people: every face counts, and is right when its name matches, each name once per photo. */
export function nameAll(
  photos: readonly { people: RegExp | undefined; descriptors: readonly Descriptor[] }[],
  known: KnownPeople,
  threshold: number,
): Names {
  const names = { right: 0, wrong: 0, none: 0 }
  for (const { people, descriptors } of photos) {
    const found = new Set<string>()
    for (const descriptor of descriptors) {
      const name = identify(descriptor, known, threshold)
      if (name === undefined) names.none++
      else if (people?.test(name) && !found.has(name)) names.right++
      else names.wrong++
      if (name !== undefined) found.add(name)
    }
  }
  return names
}
