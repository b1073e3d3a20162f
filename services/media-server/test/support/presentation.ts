import { Presentation, type TrackKind } from '../../src/cmaf/presentation.ts'

const TIMESCALE = { video: 90_000, audio: 48_000 }
const DESCRIPTION = {
  video: { kind: 'video', codec: 'avc1.64001f', timescale: TIMESCALE.video, width: 1280, height: 720 },
  audio: { kind: 'audio', codec: 'mp4a.40.2', timescale: TIMESCALE.audio, channels: 2, sampleRate: 48_000 },
} as const

export interface LiveOptions {
  kinds?: TrackKind[]
  /** Of the first segment. */
  number?: number
  window?: { seconds: number; bytes: number }
  /** What a part lasts; long ones make everybody wait for long. */
  partSeconds?: number
  /** Seconds of the publisher's own time when the stream begins. */
  startsWith?: number
}

/** A stream whose time passes when a test says so, and whose bytes say what they are. */
export class LivePresentation {
  readonly presentation: Presentation
  readonly #kinds: TrackKind[]
  readonly #partSeconds: number
  readonly #startsWith: number
  #number: number
  #seconds = 0
  #startsAt: number
  #period = 7
  #periodStartsAt: number | undefined
  #hash = ''

  constructor({
    kinds = ['video', 'audio'],
    number = 100,
    window,
    partSeconds = 0.2,
    startsWith = 0,
  }: LiveOptions = {}) {
    const bornAt = new Date('2026-11-30T12:00:00.000Z')
    this.presentation = new Presentation(window ?? { seconds: 20, bytes: 16 * 1024 * 1024 }, bornAt)
    this.#kinds = kinds
    this.#number = number
    this.#partSeconds = partSeconds
    this.#startsWith = startsWith
    this.#startsAt = bornAt.getTime() + 250
    this.configure('aaaa')
  }

  /** Number of the open segment, or of the next one. */
  get number(): number {
    return this.#number
  }

  /** From here on the stream is another publisher's, or has another configuration. */
  configure(hash: string): void {
    this.#period++
    this.#periodStartsAt = undefined
    this.#hash = hash
    this.presentation.apply({ type: 'period', kinds: this.#kinds })
    for (const kind of this.#kinds)
      this.presentation.apply({
        type: 'init',
        description: DESCRIPTION[kind],
        name: `${kind}-${hash}.mp4`,
        bytes: Buffer.from(`init ${kind} ${hash}`),
      })
  }

  open(): void {
    const startsAt = this.#startsAt + this.#seconds * 1000
    this.#periodStartsAt ??= Math.floor(startsAt)
    for (const kind of this.#kinds) {
      const { timescale } = DESCRIPTION[kind]
      const head = {
        number: this.#number,
        startsAt,
        start: Math.round((this.#startsWith + this.#seconds) * timescale),
        period: this.#period,
        periodStartsAt: this.#periodStartsAt,
        init: `${kind}-${this.#hash}.mp4`,
      }
      this.presentation.apply({ type: 'open', kind, head })
    }
  }

  part(duration = this.#partSeconds, size = 1000, frames = Math.round(duration * 25)): void {
    for (const kind of this.#kinds) {
      const { window } = this.presentation.tracks.get(kind) as { window: { next?: { number: number; part: number } } }
      const { number = 0, part = 0 } = window.next ?? {}
      const bytes = Buffer.alloc(kind === 'video' ? size : size / 10, `${kind} ${number}.${part} `)
      const samples = kind === 'video' ? frames : Math.round((duration * 48_000) / 1024)
      const independent = kind === 'audio' || part === 0
      this.presentation.apply({ type: 'part', kind, part: { bytes, duration, samples, independent } })
    }
    this.#seconds += duration
  }

  close(): void {
    for (const kind of this.#kinds) this.presentation.apply({ type: 'close', kind })
    this.#number++
  }

  /** So many whole segments of so many parts. */
  segments(count: number, parts = 5): void {
    for (let made = 0; made < count; made++) {
      this.open()
      for (let part = 0; part < parts; part++) this.part()
      this.close()
    }
  }

  /** Nothing is published for so long. */
  pause(seconds: number): void {
    this.#startsAt += seconds * 1000
  }

  end(): void {
    this.presentation.apply({ type: 'end' })
  }
}
