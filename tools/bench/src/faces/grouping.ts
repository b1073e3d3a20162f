import { FaceClusters } from '@livepods/image-processor/face-clusters'
import type { Described } from './pairs.ts'
import { randomNumbers } from './random-numbers.ts'

/** What became of faces that nobody has named. */
export interface Grouping {
  /** The distance that joins them. */
  within: number
  /** F1 of the pairs that are in one cluster, 0 to 1: the mean over the orders. */
  f1: number
  /** Pairs of two people in one cluster, in the order that made most of them. */
  wrong: number
}

/** Which clusters there are depends on the order in which faces come. */
const ORDERS = 100

/** Groups faces as image-processor does, in many orders, the same ones every time. */
export function groupFaces(faces: readonly Described[], within: number): Grouping {
  const found = faces.flatMap(({ person, descriptor }) =>
    descriptor ? [{ person, descriptor: Buffer.from(Float32Array.from(descriptor).buffer) }] : [],
  )
  const genuine = pairsOfSizes(sizes(faces.map(({ person }) => person)))
  const random = randomNumbers()
  const results = Array.from({ length: ORDERS }, () => {
    const clusters = new FaceClusters(within)
    const members = shuffled(found, random).map(({ person, descriptor }, i) => {
      const cluster = clusters.clusterOf(descriptor) ?? `${i}`
      clusters.add(cluster, descriptor)
      return { person, cluster }
    })
    const joined = pairsOfSizes(sizes(members.map(({ cluster }) => cluster)))
    const right = pairsOfSizes(sizes(members.map(({ person, cluster }) => `${cluster} ${person}`)))
    return { f1: (2 * right) / (joined + genuine), wrong: joined - right }
  })
  return {
    within,
    f1: results.reduce((sum, { f1 }) => sum + f1, 0) / ORDERS,
    wrong: Math.max(...results.map(({ wrong }) => wrong)),
  }
}

/** How often each word is there. */
function sizes(words: readonly string[]): number[] {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts.values()]
}

function pairsOfSizes(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + (count * (count - 1)) / 2, 0)
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => ({ item, key: random() }))
  return keyed.sort((one, other) => one.key - other.key).map(({ item }) => item)
}
