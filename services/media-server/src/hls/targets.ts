import type { Presentation } from '../cmaf/presentation.ts'

/** Seconds. */
export interface Targets {
  /** EXT-X-TARGETDURATION. */
  segment: number
  /** What all parts last at most. */
  part: number
}

/** Of the whole presentation, since its playlists must not differ in them (RFC 8216bis 6.2.4). */
export function targetsOf(presentation: Presentation): Targets {
  const windows = [...presentation.tracks.values()].map(({ window }) => window)
  // The open segment counts, as it may be longer than all that are closed.
  const seconds = windows.map(({ longestSegment, last }) => Math.max(longestSegment, last?.duration ?? 0))
  return {
    segment: Math.max(1, ...seconds.map(Math.round)),
    part: Math.max(0, ...windows.map(({ longestPart }) => longestPart)),
  }
}
