/** The largest face of a photo of this person; undefined where none was found. */
export interface Described {
  person: string
  descriptor: ArrayLike<number> | undefined
}

/** Two photos; undefined where one of them has no face, which no threshold makes a match. */
export interface Pair {
  genuine: boolean
  distance: number | undefined
}

/** What a threshold makes of all pairs. */
export interface Decisions {
  trueMatches: number
  falseMatches: number
  /** True matches and true rejections. */
  correct: number
}

/** Each photo with each other. */
export function pairsOf(photos: readonly Described[]): Pair[] {
  return photos.flatMap((one, i) =>
    photos.slice(i + 1).map((other) => ({
      genuine: one.person === other.person,
      distance: one.descriptor && other.descriptor && distanceOf(one.descriptor, other.descriptor),
    })),
  )
}

export function decide(pairs: readonly Pair[], threshold: number): Decisions {
  const matches = pairs.filter(({ distance }) => distance !== undefined && distance <= threshold)
  const trueMatches = matches.filter(({ genuine }) => genuine).length
  const falseMatches = matches.length - trueMatches
  const impostors = pairs.filter(({ genuine }) => !genuine).length
  return { trueMatches, falseMatches, correct: trueMatches + impostors - falseMatches }
}

/** Euclidean, of two descriptors of the same length. */
export function distanceOf(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < one.length; i++) sum += ((one[i] as number) - (other[i] as number)) ** 2
  return Math.sqrt(sum)
}
