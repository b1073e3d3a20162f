import type { Segment, Window } from './window.ts'

/** Shorter segments say nothing of the rate: the last one before a change may be a single frame. */
const MIN_SHARE_OF_LONGEST = 0.5

/** Bits per second: of all that the window has, and of its most costly segment. */
export function bitratesOf(window: Window): { average: number; peak: number } {
  const segments = window.segments.filter(({ size }) => size > 0)
  const long = segments.filter(
    ({ isClosed, duration }) => isClosed && duration >= window.longestSegment * MIN_SHARE_OF_LONGEST,
  )
  const average = Math.round(bitrate(segments))
  return { average, peak: Math.max(average, ...long.map((segment) => Math.round(bitrate([segment])))) }
}

/** Pictures per second, of the newest period; with three decimal places. */
export function frameRateOf(window: Window): number {
  const segments = window.segments.filter(({ period }) => period === window.last?.period)
  const parts = segments.flatMap((segment) => segment.parts)
  const seconds = parts.reduce((sum, { duration }) => sum + duration, 0)
  const frames = parts.reduce((sum, { samples }) => sum + samples, 0)
  return seconds > 0 ? Math.round((frames / seconds) * 1000) / 1000 : 0
}

function bitrate(segments: Segment[]): number {
  const bytes = segments.reduce((sum, { size }) => sum + size, 0)
  const seconds = segments.reduce((sum, { duration }) => sum + duration, 0)
  return seconds > 0 ? (bytes * 8) / seconds : 0
}
