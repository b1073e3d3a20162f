/** 128 little-endian float32. */
const LENGTH = 128
/** The first so many faces of a cluster are its exemplars. */
const EXEMPLARS = 4
/**
 * Measured with the ONNX engine on 59 faces, siblings among them, in 1000 orders: 20 clusters and no wrong join from 0.44 to 0.46. At 0.50
 * every tenth order put a brother to his sister, for no cluster less; below 0.42 people fall apart.
 */
const SAME = 0.45
/** The same with opencv, whose embeddings of one person are nearer to each other than those of two by more. */
const SAME_OF_OPENCV = 0.52

/** The largest distance at which two faces that nobody has named are one person, by the id of the engine that described them. */
export function sameWithin(engine: string): number {
  return engine.startsWith('opencv-') ? SAME_OF_OPENCV : SAME
}

/**
 * A face of poor quality, whose embedding says less, has to be nearer by this factor: 0.40 for 0.45. Measured on smaller and blurred copies
 * of 40 faces, of which only those are so near that are nearly good.
 */
const POOR = 0.89

/** The clusters of unknown faces: what it takes to say to which of them another face belongs. */
export class FaceClusters {
  #numbers = new Float32Array(64 * LENGTH)
  /** The cluster of each row of `#numbers`. */
  readonly #clusters: string[] = []
  readonly #sizes = new Map<string, number>()
  readonly #within: number

  constructor(within: number) {
    this.#within = within
  }

  /**
   * The cluster whose mean distance over its exemplars is the smallest, when that and the nearest exemplar are near enough: for a face that is
   * not good, nearer.
   */
  clusterOf(descriptor: Buffer, { isGood = true } = {}): string | undefined {
    const within = isGood ? this.#within : POOR * this.#within
    const face = floats(descriptor)
    const sums = new Map<string, { sum: number; nearest: number }>()
    for (const [row, cluster] of this.#clusters.entries()) {
      const distance = this.#distance(row, face)
      const known = sums.get(cluster)
      if (!known) sums.set(cluster, { sum: distance, nearest: distance })
      else {
        known.sum += distance
        known.nearest = Math.min(known.nearest, distance)
      }
    }
    let best: string | undefined
    let smallest = within
    for (const [cluster, { sum, nearest }] of sums) {
      const mean = sum / (this.#sizes.get(cluster) ?? 1)
      if (nearest > within || mean > smallest || (best !== undefined && mean === smallest)) continue
      best = cluster
      smallest = mean
    }
    return best
  }

  /** Makes the face one of the cluster's exemplars, unless it has enough. */
  add(cluster: string, descriptor: Buffer): void {
    const size = this.#sizes.get(cluster) ?? 0
    if (size >= EXEMPLARS) return
    this.#sizes.set(cluster, size + 1)
    const at = this.#clusters.push(cluster) * LENGTH
    if (at > this.#numbers.length) {
      const larger = new Float32Array(2 * this.#numbers.length)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers.set(floats(descriptor), at - LENGTH)
  }

  /** Gives clusters that were added under a provisional name their own. */
  rename(names: ReadonlyMap<string, string>): void {
    for (const [row, cluster] of this.#clusters.entries()) this.#clusters[row] = names.get(cluster) ?? cluster
    for (const [old, name] of names) {
      this.#sizes.set(name, this.#sizes.get(old) ?? 0)
      this.#sizes.delete(old)
    }
  }

  #distance(row: number, face: Float32Array): number {
    const start = row * LENGTH
    let sum = 0
    for (let i = 0; i < LENGTH; i++) {
      const difference = (this.#numbers[start + i] as number) - (face[i] as number)
      sum += difference * difference
    }
    return Math.sqrt(sum)
  }
}

/** Copied for its alignment; every machine that Node runs on is little-endian. */
function floats(descriptor: Buffer): Float32Array {
  const numbers = new Float32Array(LENGTH)
  new Uint8Array(numbers.buffer).set(descriptor)
  return numbers
}
