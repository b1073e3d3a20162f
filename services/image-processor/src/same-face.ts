import type { Box } from './recognition.ts'

/** Two boxes show the same face when they share at least half of what both cover. */
export function isSameFace(a: Box, b: Box): boolean {
  const shared = overlap(a.x, a.width, b.x, b.width) * overlap(a.y, a.height, b.y, b.height)
  return shared >= 0.5 * (a.width * a.height + b.width * b.height - shared)
}

function overlap(a: number, aLength: number, b: number, bLength: number): number {
  return Math.max(0, Math.min(a + aLength, b + bLength) - Math.max(a, b))
}
