import type { Size } from './warp.ts'

/** A picture that is more than so many times as long as wide gets more pixels in its length, or its faces would have none. */
const LONG = 2
/** A picture that is longer than this gets no more than this one. */
const LONGEST = 32

/** By how much the longer side of a picture of this shape grows: about the pixels of a picture that is LONG. */
export function stretchOf({ width, height }: Size): number {
  const ratio = Math.max(width, height) / Math.min(width, height)
  return Math.sqrt(Math.min(LONGEST, Math.max(LONG, ratio)) / LONG)
}
