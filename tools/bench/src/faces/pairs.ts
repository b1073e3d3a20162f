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

/** How well an engine tells one person from two, whatever the threshold. */
export interface ErrorRates {
  /** Equal error rate, 0 to 1: where as large a part of the impostor pairs matches as of the genuine ones does not. */
  equal: number
  /** True matches, 0 to 1 of the genuine pairs, at the largest threshold with no more than MOST_FALSE of the impostor pairs. */
  trueMatches: number
}

/** The rate of false matches at which true ones are compared: one of a thousand pairs. */
export const MOST_FALSE = 0.001

/** Of all thresholds that make a difference; a pair without a distance matches at none. */
export function errorRates(pairs: readonly Pair[]): ErrorRates {
  const genuine = pairs.filter((pair) => pair.genuine).length
  const distances = new Set(pairs.flatMap(({ distance }) => distance ?? []))
  const rates = [...distances, -1].map((threshold) => {
    const { trueMatches, falseMatches } = decide(pairs, threshold)
    return { missed: 1 - trueMatches / genuine, false: falseMatches / (pairs.length - genuine) }
  })
  const unequal = (rate: (typeof rates)[number]) => Math.abs(rate.missed - rate.false)
  const nearest = rates.reduce((one, other) => (unequal(other) < unequal(one) ? other : one))
  const strict = rates.filter((rate) => rate.false <= MOST_FALSE)
  return {
    equal: (nearest.missed + nearest.false) / 2,
    trueMatches: 1 - Math.min(...strict.map(({ missed }) => missed)),
  }
}

/** Euclidean, of two descriptors of the same length. */
export function distanceOf(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < one.length; i++) sum += ((one[i] as number) - (other[i] as number)) ** 2
  return Math.sqrt(sum)
}
