import type { Presentation, Track, TrackKind } from '../cmaf/presentation.ts'
import type { Segment, Window } from '../cmaf/window.ts'
import { QUERY } from '../delivery/query-slot.ts'
import { countSkipped, skipBoundary } from './delta.ts'
import { type Targets, targetsOf } from './targets.ts'

/**
 * - low-latency: with parts, for players that wait for them
 * - delta: the same without the segments that its reader has already (RFC 8216bis 6.2.5.1)
 * - plain: whole segments only
 */
export type MediaPlaylistForm = 'low-latency' | 'delta' | 'plain'

/** Parts are listed for so many target durations before the end (RFC 8216bis 6.2.2). */
const PARTS_LISTED = 3
/** How far from the end players stay, in parts and in target durations (RFC 8216bis 4.4.3.8). */
const PART_HOLD_BACK = 3
const HOLD_BACK = 3

/** Media Playlist (RFC 8216bis 4.4.3 to 4.4.5) of a track that has segments. */
export function mediaPlaylist(
  presentation: Presentation,
  { description, window }: Track,
  form: MediaPlaylistForm,
): string {
  const { kind } = description
  const isPlain = form === 'plain'
  const targets = targetsOf(presentation)
  const listed = window.segments.filter(({ isClosed, parts }) => isClosed || (!isPlain && parts.length > 0))
  const closed = listed.filter(({ isClosed }) => isClosed)
  const skipped = form === 'delta' && !presentation.hasEnded ? countSkipped(closed, targets.segment) : 0
  return [
    '#EXTM3U',
    `#EXT-X-VERSION:${isPlain ? 6 : 9}`,
    `#EXT-X-TARGETDURATION:${targets.segment}`,
    ...(isPlain ? [] : lowLatencyHead(window, targets)),
    `#EXT-X-MEDIA-SEQUENCE:${listed[0]?.number ?? 0}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${window.discontinuities}`,
    ...(listed.every(({ parts }) => parts[0]?.independent) ? ['#EXT-X-INDEPENDENT-SEGMENTS'] : []),
    ...(skipped > 0 ? [`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`] : []),
    ...segmentLines(kind, listed, { skipped, partsFrom: isPlain ? Infinity : firstWithParts(listed, targets) }),
    ...(presentation.hasEnded ? ['#EXT-X-ENDLIST'] : isPlain ? [] : lowLatencyTail(presentation, kind, window)),
    '',
  ].join('\n')
}

function lowLatencyHead({ longestPart }: Window, { segment, part }: Targets): string[] {
  const control = [
    'CAN-BLOCK-RELOAD=YES',
    `CAN-SKIP-UNTIL=${skipBoundary(segment)}`,
    `HOLD-BACK=${HOLD_BACK * segment}`,
    `PART-HOLD-BACK=${(PART_HOLD_BACK * part).toFixed(5)}`,
  ]
  return [`#EXT-X-SERVER-CONTROL:${control}`, `#EXT-X-PART-INF:PART-TARGET=${longestPart.toFixed(5)}`]
}

/** The index of the first segment whose parts are listed. */
function firstWithParts(segments: readonly Segment[], { segment: target }: Targets): number {
  let fromEnd = 0
  return (
    segments.findLastIndex(({ duration }) => {
      fromEnd += duration
      return fromEnd > PARTS_LISTED * target
    }) + 1
  )
}

function segmentLines(
  kind: TrackKind,
  segments: readonly Segment[],
  { skipped, partsFrom }: { skipped: number; partsFrom: number },
): string[] {
  return segments.flatMap((segment, index) => {
    if (index < skipped) return []
    const before = segments[index - 1]
    const { number, startsAt, parts, period, init, duration, isClosed } = segment
    return [
      ...(before && before.period !== period ? ['#EXT-X-DISCONTINUITY'] : []),
      ...(before?.init !== init ? [`#EXT-X-MAP:URI="${init}${QUERY}"`] : []),
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(startsAt).toISOString()}`,
      ...(index < partsFrom ? [] : parts.map((part, at) => partLine(`${kind}-${number}.${at}.m4s`, part))),
      ...(isClosed ? [`#EXTINF:${duration.toFixed(5)},`, `${kind}-${number}.m4s${QUERY}`] : []),
    ]
  })
}

function partLine(uri: string, { duration, independent }: Segment['parts'][number]): string {
  return `#EXT-X-PART:DURATION=${duration.toFixed(5)},URI="${uri}${QUERY}"${independent ? ',INDEPENDENT=YES' : ''}`
}

/** What comes next, and where the other playlist is. */
function lowLatencyTail({ tracks }: Presentation, kind: TrackKind, window: Window): string[] {
  const { next } = window
  const others = [...tracks.values()].filter(({ description, isOver }) => description.kind !== kind && !isOver)
  return [
    ...(next ? [`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${kind}-${next.number}.${next.part}.m4s${QUERY}"`] : []),
    ...others.flatMap(renditionReport),
  ]
}

function renditionReport({ description, window }: Track): string[] {
  const last = window.segments.findLast(({ parts }) => parts.length > 0)
  if (!last) return []
  return [
    `#EXT-X-RENDITION-REPORT:URI="${description.kind}.m3u8${QUERY}",LAST-MSN=${last.number},LAST-PART=${last.parts.length - 1}`,
  ]
}
