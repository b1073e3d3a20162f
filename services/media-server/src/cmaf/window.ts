import { joinAdjacent } from './segment-memory.ts'

/** A piece of a segment, as it is sent: one `moof` and one `mdat` (a chunk of CMAF, a partial segment of HLS). */
export interface Part {
  bytes: Buffer
  /** Seconds. */
  duration: number
  /** Pictures, or frames of sound. */
  samples: number
  /** Whether a decoder can begin with it. */
  independent: boolean
}

/** What is known of a segment when it begins. */
export interface SegmentHead {
  /** Consecutive within a name, across its publishers, and the same for all tracks: Media Sequence Number of HLS, `$Number$` of DASH. */
  number: number
  /** When its first sample was presented first, in milliseconds since 1970. */
  startsAt: number
  /** When its first sample is presented, and its `tfdt`, in units of its track's timescale. */
  start: number
  /**
   * Counts what was made without a break, by one publisher with one configuration of each track: a Period of DASH; discontinuity sequence
   * number of HLS. The same for all tracks.
   */
  period: number
  /** When that period was presented first, in whole milliseconds since 1970. */
  periodStartsAt: number
  /** Name of its init segment. */
  init: string
}

export interface Segment extends SegmentHead {
  parts: Part[]
  /** The bytes of all parts, once it is closed. */
  pieces: Buffer[]
  /** Seconds, of all its parts. */
  duration: number
  size: number
  isClosed: boolean
}

/** Whichever is reached first. */
export interface WindowLimits {
  seconds: number
  bytes: number
}

/** Target durations that a playlist has at least: players begin so far from its end (RFC 8216bis 6.2.2). */
const MIN_LISTED = 3
/** When those are too large: a segment to play and one to come. */
const MIN_LARGE_SEGMENTS = 2
/** Target durations that a part is served after it left the playlists; whole segments, and those that are too large: one. */
const SERVED_AFTER = 3

/** A segment that left the playlists. */
interface Leaving {
  segment: Segment
  /** Seconds that the track had when it left. */
  leftAt: number
}

/**
 * The newest segments of one track, of which the last may be open. What left it is served a little longer, for players that read a
 * playlist just before.
 */
export class Window {
  readonly #limits: WindowLimits
  #segments: Segment[] = []
  #leaving: Leaving[] = []
  /** Of all segments that were ever closed. */
  #seconds = 0
  /** Seconds; of all parts and all closed segments ever made, since neither target of a playlist may shrink. */
  longestPart = 0
  longestSegment = 0

  constructor(limits: WindowLimits) {
    this.#limits = limits
  }

  get segments(): readonly Segment[] {
    return this.#segments
  }

  get last(): Segment | undefined {
    return this.#segments.at(-1)
  }

  /** All that it serves, the oldest first: what left the playlists, too. */
  get served(): readonly Segment[] {
    return [...this.#leaving.map(({ segment }) => segment), ...this.#segments]
  }

  /** EXT-X-DISCONTINUITY-SEQUENCE: the period of the first segment. */
  get discontinuities(): number {
    return this.#segments[0]?.period ?? 0
  }

  open(head: SegmentHead): void {
    // Of two histories that replicas made while they did not hear each other, that of the owner holds.
    while (this.last && this.last.number >= head.number) this.#segments.pop()
    // Numbers are missing while the stream had no such track. A playlist counts its segments, so it begins anew.
    if (this.last && head.number !== this.last.number + 1) while (this.#segments.length > 0) this.#drop()
    this.#segments.push({ ...head, parts: [], pieces: [], duration: 0, size: 0, isClosed: false })
  }

  /** Adds to the open segment. */
  add(part: Part): void {
    const segment = this.last
    if (!segment || segment.isClosed) throw new Error('A part came while no segment was open.')
    segment.parts.push(part)
    segment.duration += part.duration
    segment.size += part.bytes.length
    this.longestPart = Math.max(this.longestPart, part.duration)
  }

  close(): void {
    const segment = this.last
    if (!segment || segment.isClosed) return
    // A feed ended between its head and its first part.
    if (segment.parts.length === 0) return void this.#segments.pop()
    segment.isClosed = true
    segment.pieces = joinAdjacent(segment.parts.map(({ bytes }) => bytes))
    this.#seconds += segment.duration
    this.longestSegment = Math.max(this.longestSegment, segment.duration)
    this.#shrink()
  }

  /** Neither target is less than these, which were made before it began here. */
  extendTargets(part: number, segment: number): void {
    this.longestPart = Math.max(this.longestPart, part)
    this.longestSegment = Math.max(this.longestSegment, segment)
  }

  /** A segment that is listed, or was until a moment ago. */
  find(number: number): Segment | undefined {
    return (
      this.#segments.find((segment) => segment.number === number) ??
      this.#leaving.find(({ segment }) => segment.number === number)?.segment
    )
  }

  /** The part that comes next; undefined before the first one. */
  get next(): { number: number; part: number } | undefined {
    const { last } = this
    if (!last) return undefined
    return last.isClosed ? { number: last.number + 1, part: 0 } : { number: last.number, part: last.parts.length }
  }

  /** Whether the whole segment, or that part of it, is there, or was. A part behind the last one is the first of the next segment. */
  has(number: number, part?: number): boolean {
    const { last } = this
    if (!last || last.number < number) return false
    if (part === undefined) return last.number > number || last.isClosed
    const segment = this.find(number)
    if (!segment || part < segment.parts.length) return true
    return last.number > number + 1 || (last.number === number + 1 && last.parts.length > 0)
  }

  /** Whether a segment still needs this init segment. */
  needs(init: string): boolean {
    return (
      this.#segments.some((segment) => segment.init === init) ||
      this.#leaving.some(({ segment }) => segment.init === init)
    )
  }

  #shrink(): void {
    const { seconds, bytes } = this.#limits
    // At least what playlists say, which round it.
    const target = Math.ceil(this.longestSegment)
    let listedSeconds = sum(this.#segments, 'duration')
    let listedBytes = sum(this.#segments, 'size')
    for (;;) {
      const first = this.#segments[0] as Segment
      listedSeconds -= first.duration
      const isTooLong = listedSeconds + first.duration > seconds && listedSeconds >= MIN_LISTED * target
      const isTooLarge = listedBytes > bytes && this.#segments.length > MIN_LARGE_SEGMENTS
      if (!isTooLong && !isTooLarge) break
      listedBytes -= first.size
      this.#drop()
    }
    let leavingBytes = sum(
      this.#leaving.map(({ segment }) => segment),
      'size',
    )
    this.#leaving = this.#leaving.filter(({ segment, leftAt }) => {
      const isServed = this.#seconds - leftAt <= (leavingBytes > bytes ? 1 : SERVED_AFTER) * target
      if (!isServed) leavingBytes -= segment.size
      return isServed
    })
  }

  /** Takes the first segment from the playlists. */
  #drop(): void {
    const segment = this.#segments.shift() as Segment
    this.#leaving.push({ segment, leftAt: this.#seconds })
  }
}

function sum(segments: readonly Segment[], key: 'duration' | 'size'): number {
  return segments.reduce((total, segment) => total + segment[key], 0)
}
