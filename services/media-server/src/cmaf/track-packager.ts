import { fragment, type Sample } from './fragment.ts'
import { initSegment } from './init-segment.ts'
import type { Presentation, TrackKind } from './presentation.ts'
import { SampleClock } from './sample-clock.ts'
import { SegmentMemory } from './segment-memory.ts'
import type { TrackFormat } from './track-format.ts'

/** A frame as it came; times are milliseconds of the stream. */
export interface Frame {
  kind: TrackKind
  /** When it is decoded. */
  time: number
  presentedAt: number
  isKey: boolean
  bytes: Buffer
}

export interface TrackPackagerOptions {
  presentation: Presentation
  format: TrackFormat
  /** Seconds. */
  partTarget: number
  period: number
  /** When the period is presented first, in whole milliseconds since 1970. */
  periodStartsAt: number
  /** When time 0 of the stream is, in milliseconds since 1970. */
  zeroAt: number
  /** Of its first segment. */
  number: number
  /** Milliseconds from decoding to presentation of its first frame. */
  delay: number
}

/** No part but the last of a segment may be shorter, in relation to the longest one (RFC 8216bis, 4.4.4.9). */
const SHORTEST_PART = 0.85
/** Where time hardly passes. */
const MAX_PART_SAMPLES = 1000
/** What is stored beside its bytes. */
const SAMPLE_OVERHEAD = 16
/** Seconds that the last picture lasts when there was no other. */
const FRAME = 0.04

/** Makes the parts and segments of one track within one period. */
export class TrackPackager {
  readonly #options: TrackPackagerOptions
  readonly #init: string
  readonly #timescale: number
  readonly #clock: SampleClock
  readonly #memory = new SegmentMemory()
  /** Segments to come: they begin with the first frame that is presented at this time, or later. */
  #cuts: { number: number; at: number }[] = []
  #number: number
  #isOpen = false
  #sequence = 0
  /** It lasts until the next one. */
  #last: Sample | undefined
  /** What the next part is made of, and how long that is; times are in units of the timescale. */
  #samples: Sample[] = []
  #duration = 0
  #longestPart = 0
  #size = 0

  constructor(options: TrackPackagerOptions) {
    const { presentation, format, number, delay } = options
    const { description } = format
    this.#options = options
    this.#number = number
    this.#timescale = description.timescale
    this.#clock = new SampleClock(this.#timescale)
    const { name, bytes } = initSegment(format, (delay * this.#timescale) / 1000)
    this.#init = name
    presentation.apply({ type: 'init', description, name, bytes })
  }

  /** Bytes since the segment began. */
  get size(): number {
    return this.#size
  }

  /** The segment of this number begins with the first frame that is presented at this time, or later. */
  cut(number: number, at: number): void {
    this.#cuts.push({ number, at })
  }

  add(frame: Frame): void {
    const sample = frame.kind === 'audio' ? this.#sound(frame) : this.#picture(frame)
    if (!sample) return
    this.#endLast(sample.time)
    while (this.#cuts[0] && frame.presentedAt >= this.#cuts[0].at) this.#close(this.#cuts.shift()?.number)
    this.#last = sample
    this.#size += sample.bytes.length + SAMPLE_OVERHEAD
  }

  /** Ends its last segment, and leaves out no number: what it has last is that of the last cut. */
  finish(): void {
    const newest = this.#cuts.at(-1)
    if (newest && this.#last) this.#close(newest.number)
    const length = this.#samples.at(-1)?.duration ?? FRAME * this.#timescale
    if (this.#last) this.#endLast(this.#last.time + (this.#last.duration || length))
    this.#close()
  }

  #sound({ time, bytes: frame }: Frame): Sample | undefined {
    const { format } = this.#options
    const duration = format.durationOf(frame)
    const begin = this.#clock.begin(time, duration)
    if (begin === undefined) return undefined
    return { time: begin, duration, offset: 0, isKey: true, bytes: format.sampleOf(frame) }
  }

  #picture({ time, presentedAt, isKey, bytes: frame }: Frame): Sample {
    const { delay } = this.#options
    const unitsPerMs = this.#timescale / 1000
    // The edit list takes the delay back. Two pictures are never decoded at one time.
    const decodedAt = Math.max((time + delay) * unitsPerMs, (this.#last?.time ?? -1) + 1)
    const offset = (presentedAt + delay) * unitsPerMs - decodedAt
    return { time: decodedAt, duration: 0, offset, isKey, bytes: this.#options.format.sampleOf(frame) }
  }

  /** @param time when the next sample begins */
  #endLast(time: number): void {
    const last = this.#last
    if (!last) return
    this.#last = undefined
    last.duration = Math.max(1, time - last.time)
    this.#samples.push(last)
    this.#duration += last.duration
    // As near to the target as whole frames can be.
    const halfFrame = this.#duration / this.#samples.length / 2
    const isLongEnough = this.#duration + halfFrame >= this.#options.partTarget * this.#timescale
    const isPart = isLongEnough && this.#duration >= SHORTEST_PART * this.#longestPart
    if (isPart || this.#samples.length >= MAX_PART_SAMPLES) this.#endPart()
  }

  #endPart(): void {
    const { presentation, format, period, periodStartsAt, zeroAt } = this.#options
    const { kind } = format.description
    const [first] = this.#samples
    if (!first) return
    if (!this.#isOpen) {
      this.#isOpen = true
      this.#memory.begin()
      const startsAt = zeroAt + (first.time / this.#timescale) * 1000
      const head = { number: this.#number, startsAt, start: first.time, period, periodStartsAt, init: this.#init }
      presentation.apply({ type: 'open', kind, head })
    }
    const bytes = fragment(kind, ++this.#sequence, this.#samples, (size) => this.#memory.allocate(size))
    const duration = this.#duration / this.#timescale
    const part = { bytes, duration, samples: this.#samples.length, independent: first.isKey }
    presentation.apply({ type: 'part', kind, part })
    // A single picture may last for seconds; the others need not wait for that.
    if (this.#samples.length > 1) this.#longestPart = Math.max(this.#longestPart, this.#duration)
    this.#samples = []
    this.#duration = 0
  }

  /** @param next number of the next segment */
  #close(next = this.#number + 1): void {
    this.#endPart()
    this.#number = next
    this.#size = 0
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#options.presentation.apply({ type: 'close', kind: this.#options.format.description.kind })
  }
}
