import type { Segment } from '../cmaf/window.ts'

/** Target durations: segments further from the end may be left out of a delta update (RFC 8216bis 4.4.3.8: at least six). */
const SKIP_BOUNDARY = 6

/** Seconds, for CAN-SKIP-UNTIL. */
export function skipBoundary(target: number): number {
  return target * SKIP_BOUNDARY
}

/** How many of the first of these segments a delta update leaves out (RFC 8216bis 6.2.5.1). */
export function countSkipped(segments: readonly Segment[], target: number): number {
  let fromEnd = 0
  const last = segments.findLastIndex(({ duration }) => {
    const isSkipped = fromEnd >= skipBoundary(target)
    fromEnd += duration
    return isSkipped
  })
  return last + 1
}
