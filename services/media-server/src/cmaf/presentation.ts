import { ServedSeconds } from '../delivery/served-seconds.ts'
import { type Part, type SegmentHead, Window, type WindowLimits } from './window.ts'

/** One track of pictures and one of sound are packaged. */
export type TrackKind = 'video' | 'audio'

/** What players are told of a track. */
export interface TrackDescription {
  kind: TrackKind
  /** RFC 6381. */
  codec: string
  /** Units of a second. */
  timescale: number
  /** Pixels, of pictures. */
  width?: number
  height?: number
  /** Of sound. */
  channels?: number
  /** Hz, of sound. */
  sampleRate?: number
}

/** What a packager makes. They are applied to a Presentation, here as on any replica that follows. */
export type PresentationRecord =
  /** From here on it has these tracks; the first segments of each begin a new period. */
  | { type: 'period'; kinds: TrackKind[] }
  | { type: 'init'; description: TrackDescription; name: string; bytes: Buffer }
  | { type: 'open'; kind: TrackKind; head: SegmentHead }
  | { type: 'part'; kind: TrackKind; part: Part }
  | { type: 'close'; kind: TrackKind }
  /** A track whose codec cannot be packaged, as Enhanced RTMP or FLV names it. */
  | { type: 'unsupported'; kind: TrackKind; codec: string }
  /** Nobody publishes it any more. */
  | { type: 'end' }

/** An init segment. */
export interface Init {
  description: TrackDescription
  bytes: Buffer
}

/** A track as its newest configuration describes it. */
export interface Track {
  description: TrackDescription
  window: Window
  /** The stream has no such track any more; its window is what was there before. */
  isOver: boolean
}

/** Where the newest segments are: what a publisher goes on from. */
export interface Position {
  number: number
  period: number
  /** Milliseconds since 1970: when what there is has been presented. */
  endsAt: number
}

/** A stream as segments: what HLS and DASH serve of it. */
export class Presentation {
  readonly #limits: WindowLimits
  readonly #tracks = new Map<TrackKind, Track>()
  readonly #inits = new Map<string, Init>()
  readonly #unsupported = new Map<TrackKind, string>()
  readonly #waiting = new Set<() => void>()
  /** Of how many records it is made: what was written of it is current while this is the same. */
  version = 0
  /** Those who are served by this process. */
  readonly viewers = new ServedSeconds()
  /** When the name was published first: availabilityStartTime of DASH. */
  readonly bornAt: Date
  #hasEnded = false

  constructor(limits: WindowLimits, bornAt = new Date()) {
    this.#limits = limits
    this.bornAt = bornAt
  }

  get tracks(): ReadonlyMap<TrackKind, Track> {
    return this.#tracks
  }

  /** Codecs of its tracks that no segment can be made of. */
  get unsupported(): readonly string[] {
    return [...this.#unsupported.values()]
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Undefined before the first segment. */
  get position(): Position | undefined {
    const segments = [...this.#tracks.values()].flatMap(({ window }) => window.last ?? [])
    if (segments.length === 0) return undefined
    return {
      number: Math.max(...segments.map(({ number }) => number)),
      period: Math.max(...segments.map(({ period }) => period)),
      endsAt: Math.max(...segments.map(({ startsAt, duration }) => startsAt + duration * 1000)),
    }
  }

  /** An init segment by its name, which is made of its bytes' hash. */
  init(name: string): Init | undefined {
    return this.#inits.get(name)
  }

  apply(record: PresentationRecord): void {
    switch (record.type) {
      case 'period':
        this.#begin(record.kinds)
        break
      case 'init':
        this.#describe(record)
        break
      case 'open':
        this.#hasEnded = false
        this.#windowOf(record.kind).open(record.head)
        break
      case 'part':
        this.#windowOf(record.kind).add(record.part)
        break
      case 'close':
        this.#windowOf(record.kind).close()
        this.#forgetInits()
        break
      case 'unsupported':
        this.#unsupported.set(record.kind, record.codec)
        break
      case 'end':
        this.#hasEnded = true
        break
    }
    this.version++
    for (const look of this.#waiting) look()
  }

  /** Resolves once `isMet`, at the end of the stream, or when the signal aborts; then `isMet` says which it was. */
  async until(isMet: () => boolean, signal: AbortSignal): Promise<void> {
    const isOver = () => isMet() || this.#hasEnded || signal.aborted
    if (isOver()) return
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!isOver()) return
        this.#waiting.delete(look)
        signal.removeEventListener('abort', look)
        resolve()
      }
      this.#waiting.add(look)
      signal.addEventListener('abort', look)
    })
  }

  #begin(kinds: readonly TrackKind[]): void {
    this.#unsupported.clear()
    for (const [kind, track] of this.#tracks) track.isOver = !kinds.includes(kind)
  }

  #describe({ description, name, bytes }: Extract<PresentationRecord, { type: 'init' }>): void {
    const { kind } = description
    this.#inits.set(name, { description, bytes })
    this.#unsupported.delete(kind)
    const window = this.#tracks.get(kind)?.window ?? new Window(this.#limits)
    this.#tracks.set(kind, { description, window, isOver: false })
  }

  #windowOf(kind: TrackKind): Window {
    const track = this.#tracks.get(kind)
    if (!track) throw new Error(`A segment of ${kind} came before its init segment.`)
    return track.window
  }

  #forgetInits(): void {
    for (const [name, { description }] of this.#inits) {
      const track = this.#tracks.get(description.kind)
      if (track?.description !== description && !track?.window.needs(name)) this.#inits.delete(name)
    }
  }
}
