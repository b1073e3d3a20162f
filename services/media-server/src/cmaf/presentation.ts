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
  /** Somebody publishes it, perhaps once more: what is there is no longer the end. */
  | { type: 'begin' }
  /** From here on it has these tracks; the first segments of each begin a new period. */
  | { type: 'period'; kinds: TrackKind[] }
  | { type: 'init'; description: TrackDescription; name: string; bytes: Buffer }
  | { type: 'open'; kind: TrackKind; head: SegmentHead }
  | { type: 'part'; kind: TrackKind; part: Part }
  | { type: 'close'; kind: TrackKind }
  /** Seconds that its longest part and its longest segment last, of all that were ever made. */
  | { type: 'longest'; kind: TrackKind; part: number; segment: number }
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
  readonly #listeners = new Set<(record: PresentationRecord) => void>()
  #startsAfter: Position | undefined
  /** Of how many records it is made: what was written of it is current while this is the same. */
  version = 0
  /** Those who are served by this process. */
  readonly viewers = new ServedSeconds()
  /** When the name was published first: availabilityStartTime of DASH. */
  readonly bornAt: Date
  /** Other replicas have it, too, and may have more of it than this one. */
  isShared = false
  /** Number of the newest period that was made before somebody began to publish it last. */
  periodBefore = -1
  #hasEnded = false

  constructor(limits: WindowLimits, bornAt = new Date()) {
    this.#limits = limits
    this.bornAt = bornAt
  }

  get tracks(): ReadonlyMap<TrackKind, Track> {
    return this.#tracks
  }

  get inits(): ReadonlyMap<string, Init> {
    return this.#inits
  }

  /** Codecs of its tracks that no segment can be made of. */
  get unsupported(): readonly string[] {
    return [...this.#unsupported.values()]
  }

  get unsupportedKinds(): ReadonlyMap<TrackKind, string> {
    return this.#unsupported
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Undefined before the first segment of the name. */
  get position(): Position | undefined {
    const segments = [...this.#tracks.values()].flatMap(({ window }) => window.last ?? [])
    const newest = Math.max(-1, ...segments.map(({ number }) => number))
    if (segments.length === 0 || (this.#startsAfter && this.#startsAfter.number > newest)) return this.#startsAfter
    return {
      number: newest,
      period: Math.max(...segments.map(({ period }) => period)),
      endsAt: Math.max(...segments.map(({ startsAt, duration }) => startsAt + duration * 1000)),
    }
  }

  /** The name had segments until there that are lost. */
  startAfter(position: Position): void {
    this.#startsAfter = position
  }

  /** Calls `listener` with each record after it was applied. Returns how to end that. */
  listen(listener: (record: PresentationRecord) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** An init segment by its name, which is made of its bytes' hash. */
  init(name: string): Init | undefined {
    return this.#inits.get(name)
  }

  apply(record: PresentationRecord): void {
    switch (record.type) {
      case 'begin':
        this.#hasEnded = false
        this.periodBefore = this.position?.period ?? -1
        break
      case 'period':
        this.#begin(record.kinds)
        break
      case 'init':
        this.#describe(record)
        break
      case 'open':
        this.#windowOf(record.kind).open(record.head)
        break
      case 'part':
        this.#windowOf(record.kind).add(record.part)
        break
      case 'close':
        this.#windowOf(record.kind).close()
        this.#forgetInits()
        break
      case 'longest':
        this.#windowOf(record.kind).extendTargets(record.part, record.segment)
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
    for (const listener of this.#listeners) listener(record)
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
