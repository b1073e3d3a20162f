import type { Presentation, TrackKind } from './presentation.ts'
import type { TrackFormat } from './track-format.ts'
import { type Frame, TrackPackager } from './track-packager.ts'

/** What segments are made like. */
export interface PackagerTargets {
  /** Seconds. A part lasts half a frame more or less. */
  part: number
  /** Seconds. A segment ends with the first key frame after that. */
  segment: number
  /** Bytes that a segment may have. */
  maxSegmentBytes: number
}

/**
 * The first period of a name is one of so many: another one than before a restart, mostly, and small, since hls.js 1.7 has arrays with an
 * element for each discontinuity sequence number and hangs where that is the time.
 */
const FIRST_PERIODS = 65_536

/** More segments than a track can be behind another one; a track that was absent begins anew. */
const MAX_MISSING = 2

/** What stays the same in a period. */
export type Formats = ReadonlyMap<TrackKind, TrackFormat>

export interface PeriodOptions {
  presentation: Presentation
  formats: Formats
  /** Milliseconds since 1970; never goes back. */
  now: () => number
  targets: PackagerTargets
  /** When time 0 of the stream is, in milliseconds since 1970. */
  zeroAt: number
}

/** A segment lasts until a key frame comes, but no longer than this: x264 sends one each 250 frames when nobody asks for more. */
export const MAX_SEGMENT_MS = 20_000
/** Timestamps are whole milliseconds, and cameras are not exact: key frames so much before the target are at the target. */
const EARLY_MS = 20

/**
 * Makes segments of what one publisher sends while its configuration does not change. Segments of all tracks are cut where a picture can be
 * decoded without others and have the same numbers; without pictures, sound is cut anywhere.
 */
export class Period {
  readonly #options: PeriodOptions
  readonly #tracks: ReadonlyMap<TrackKind, TrackPackager>
  /** Where segments are cut. */
  readonly lead: TrackKind
  readonly #beginsAt: number
  #number: number
  /** When the segment is presented first, in milliseconds of the stream. */
  #segmentAt: number
  #isFull = false

  /** @param first of its frames, where a decoder can begin */
  constructor(options: PeriodOptions, first: Frame) {
    const { presentation, formats, targets, zeroAt } = options
    const { position } = presentation
    const number = position ? position.number + 1 : Math.floor((zeroAt + first.time) / 1000)
    const period = position ? position.period + 1 : number % FIRST_PERIODS
    this.#options = options
    this.lead = first.kind
    this.#beginsAt = this.#segmentAt = first.presentedAt
    this.#number = number
    presentation.apply({ type: 'period', kinds: [...formats.keys()] })
    const delay = Math.max(0, first.presentedAt - first.time)
    const periodStartsAt = Math.floor(zeroAt + first.presentedAt)
    const track = { presentation, partTarget: targets.part, period, periodStartsAt, zeroAt }
    this.#tracks = new Map(
      [...formats].map(([kind, format]) => {
        const numbers = numbersOf(presentation, kind, number)
        const packager = new TrackPackager({
          ...track,
          number: numbers[0] as number,
          format,
          delay: kind === first.kind ? delay : 0,
        })
        const cutAt = (index: number) => first.presentedAt + index * targets.part * 1000
        for (const [index, next] of numbers.entries()) if (index > 0) packager.cut(next, cutAt(index))
        return [kind, packager]
      }),
    )
  }

  get formats(): Formats {
    return this.#options.formats
  }

  /** Whether a segment may end now: then a name that starts anew, with the clock, never repeats its number. */
  get mayEndSegment(): boolean {
    return this.#number <= Math.floor(this.#options.now() / 1000)
  }

  /** Whether a new segment begins with this frame. */
  cutsAt({ kind, isKey, presentedAt, bytes }: Frame): boolean {
    const { segment, maxSegmentBytes } = this.#options.targets
    const isLongEnough = presentedAt - this.#segmentAt >= segment * 1000 - EARLY_MS
    return kind === this.lead && isKey && isLongEnough && bytes.length <= maxSegmentBytes && this.mayEndSegment
  }

  /** False: the segment has all that it may have, and takes nothing more. */
  add(frame: Frame): boolean {
    if (this.cutsAt(frame)) this.#cut(frame.presentedAt)
    else if (this.#isFullFor(frame)) this.#isFull = true
    if (this.#isFull) return false
    // Sound of before the first picture.
    if (frame.presentedAt >= this.#beginsAt || frame.kind === this.lead) this.#tracks.get(frame.kind)?.add(frame)
    return true
  }

  /** Ends all segments, whatever the clock says. */
  finish(): void {
    for (const track of this.#tracks.values()) track.finish()
  }

  #cut(at: number): void {
    this.#number++
    this.#segmentAt = at
    this.#isFull = false
    for (const track of this.#tracks.values()) track.cut(this.#number, at)
  }

  #isFullFor({ time, bytes }: Frame): boolean {
    const size = Math.max(...[...this.#tracks.values()].map((track) => track.size))
    return time - this.#segmentAt >= MAX_SEGMENT_MS || size + bytes.length > this.#options.targets.maxSegmentBytes
  }
}

/**
 * The numbers of the first segments of a track. An owner that died may have left one track a segment behind the other one: what is missing is
 * made of the beginning of its next segment, since a playlist cannot leave out a number.
 */
function numbersOf(presentation: Presentation, kind: TrackKind, number: number): number[] {
  const last = presentation.tracks.get(kind)?.window.last?.number ?? number
  const missing = number - 1 - last
  if (!presentation.isShared || missing < 1 || missing > MAX_MISSING) return [number]
  return Array.from({ length: missing + 1 }, (_, index) => last + 1 + index)
}
