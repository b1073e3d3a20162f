import type { Presentation, PresentationRecord, TrackKind } from '../cmaf/presentation.ts'
import type { Segment, SegmentHead } from '../cmaf/window.ts'

/** The newest segment that a replica has of a track. */
export interface HeldTrack {
  kind: TrackKind
  number: number
  /** With the number it says whether it is the same segment: two replicas that do not hear each other may give a number twice. */
  startsAt: number
  parts: number
  isClosed: boolean
}

export function heldOf(presentation: Presentation): HeldTrack[] {
  return [...presentation.tracks].flatMap(
    ([
      kind,
      {
        window: { last },
      },
    ]) =>
      last
        ? { kind, number: last.number, startsAt: last.startsAt, parts: last.parts.length, isClosed: last.isClosed }
        : [],
  )
}

/** Whether `one` goes further than `other`. */
export function isFurther(one: readonly HeldTrack[], other: readonly HeldTrack[]): boolean {
  return one.some((track) => {
    const same = other.find(({ kind }) => kind === track.kind)
    if (!same || track.number !== same.number) return track.number > (same?.number ?? -1)
    return track.parts > same.parts || (track.isClosed && !same.isClosed)
  })
}

/** What makes a presentation that has `held` the same as this one: all of its window, where that is of another history. */
export function* windowRecords(presentation: Presentation, held: readonly HeldTrack[]): Generator<PresentationRecord> {
  for (const [kind, { description, window }] of presentation.tracks) {
    const there = held.find((track) => track.kind === kind)
    const { served } = window
    const at = served.findIndex(({ number, startsAt }) => number === there?.number && startsAt === there.startsAt)
    let init: string | undefined
    for (const segment of served.slice(Math.max(0, at))) {
      if (segment.init !== init) yield* initRecords(presentation, segment.init)
      init = segment.init
      yield* segmentRecords(kind, segment, segment === served[at] ? there : undefined)
    }
    // The newest configuration may have no segment yet.
    for (const [name, known] of presentation.inits)
      if (known.description === description) yield { type: 'init', name, ...known }
    yield { type: 'longest', kind, part: window.longestPart, segment: window.longestSegment }
  }
  const kinds = [...presentation.tracks].filter(([, { isOver }]) => !isOver).map(([kind]) => kind)
  yield { type: 'period', kinds }
  for (const [kind, codec] of presentation.unsupportedKinds) yield { type: 'unsupported', kind, codec }
}

function* initRecords(presentation: Presentation, name: string): Generator<PresentationRecord> {
  const init = presentation.init(name)
  if (init) yield { type: 'init', name, ...init }
}

function* segmentRecords(
  kind: TrackKind,
  segment: Segment,
  there: HeldTrack | undefined,
): Generator<PresentationRecord> {
  if (there?.isClosed) return
  if (!there) yield { type: 'open', kind, head: headOf(segment) }
  for (const part of segment.parts.slice(there?.parts ?? 0)) yield { type: 'part', kind, part }
  if (segment.isClosed) yield { type: 'close', kind }
}

function headOf({ number, startsAt, start, period, periodStartsAt, init }: Segment): SegmentHead {
  return { number, startsAt, start, period, periodStartsAt, init }
}
