/** A piece of a segment, as it is sent: one `moof` and one `mdat` (a chunk of CMAF, a partial segment of HLS). */
export interface Part {
  bytes: Buffer
  /** Seconds. */
  duration: number
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
  /** Name of its init segment. */
  init: string
}

export interface Segment extends SegmentHead {
  parts: Part[]
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

/** Segments that players need at least: three target durations behind the end is where they begin (RFC 8216bis 6.3.3). */
const MIN_SEGMENTS = 4
/** When those are too large: one to play and one to come. */
const MIN_LARGE_SEGMENTS = 2

/**
 * The newest segments of one track, of which the last may be open. What left it is served for as long again as the longest segment lasts,
 * for players that read a playlist just before (RFC 8216bis 6.2.2).
 */
export class Window {
  readonly #limits: WindowLimits
  #segments: Segment[] = []
  /** Those that left the playlists and are served a little longer. */
  #leaving: Segment[] = []
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

  /** EXT-X-DISCONTINUITY-SEQUENCE: the period of the first segment. */
  get discontinuities(): number {
    return this.#segments[0]?.period ?? 0
  }

  open(head: SegmentHead): void {
    // Numbers are missing while the stream had no such track. A playlist counts its segments, so it begins anew.
    if (this.last && head.number !== this.last.number + 1) this.#leaving.push(...this.#segments.splice(0))
    this.#segments.push({ ...head, parts: [], duration: 0, size: 0, isClosed: false })
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
    segment.isClosed = true
    this.longestSegment = Math.max(this.longestSegment, segment.duration)
    this.#shrink()
  }

  /** A segment that is listed, or was until a moment ago. */
  find(number: number): Segment | undefined {
    return (
      this.#segments.find((segment) => segment.number === number) ??
      this.#leaving.find((segment) => segment.number === number)
    )
  }

  /** Whether the segment, or that part of it, is there, or was. */
  has(number: number, part?: number): boolean {
    const { last } = this
    if (!last || last.number < number) return false
    return last.number > number || last.isClosed || (part !== undefined && part < last.parts.length)
  }

  /** Whether a segment still needs this init segment. */
  needs(init: string): boolean {
    return [...this.#leaving, ...this.#segments].some((segment) => segment.init === init)
  }

  #shrink(): void {
    let seconds = sum(this.#segments, 'duration')
    let bytes = sum(this.#segments, 'size')
    const isTooMuch = () =>
      (this.#segments.length > MIN_SEGMENTS && seconds > this.#limits.seconds) ||
      (this.#segments.length > MIN_LARGE_SEGMENTS && bytes > this.#limits.bytes)
    while (isTooMuch()) {
      const gone = this.#segments.shift() as Segment
      seconds -= gone.duration
      bytes -= gone.size
      this.#leaving.push(gone)
    }
    while (this.#leaving.length > 1 && sum(this.#leaving.slice(1), 'duration') >= this.longestSegment)
      this.#leaving.shift()
  }
}

function sum(segments: readonly Segment[], key: 'duration' | 'size'): number {
  return segments.reduce((total, segment) => total + segment[key], 0)
}
