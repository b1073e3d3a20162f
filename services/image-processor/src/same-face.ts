import { sameWithin } from './face-clusters.ts'
import type { Box } from './recognition.ts'

interface DescribedFace {
  descriptor: Buffer | null
  engine: string
}

/** Two boxes show the same face when they share at least half of what both cover. */
export function isSameFace(a: Box, b: Box): boolean {
  const shared = overlap(a.x, a.width, b.x, b.width) * overlap(a.y, a.height, b.y, b.height)
  return shared >= 0.5 * (a.width * a.height + b.width * b.height - shared)
}

function overlap(a: number, aLength: number, b: number, bLength: number): number {
  return Math.max(0, Math.min(a + aLength, b + bLength) - Math.max(a, b))
}

/**
 * Whether two faces at one place are different people, because the file was replaced: then a person's decision about the one does not hold
 * for the other. Faces without embeddings of the same engine count as the same.
 */
export function isAnother(one: DescribedFace, other: DescribedFace): boolean {
  if (!one.descriptor || !other.descriptor || one.engine !== other.engine) return false
  return distance(one.descriptor, other.descriptor) > sameWithin(one.engine)
}

/** Euclidean, of 128 little-endian float32 each. */
function distance(one: Buffer, other: Buffer): number {
  let sum = 0
  for (let at = 0; at + 4 <= Math.min(one.length, other.length); at += 4)
    sum += (one.readFloatLE(at) - other.readFloatLE(at)) ** 2
  return Math.sqrt(sum)
}
