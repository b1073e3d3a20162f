import { counter } from '@livepods/service'
import type { Framing } from './message.ts'
import { PROTOCOLS, type Protocol } from './protocol.ts'

/** Over the limit for so long, a viewer is cut off. */
const CUT_AFTER_MS = 20_000
/** Who does not close its side, or does not read what is left, is cut off then. */
const CLOSE_WITHIN_MS = 1000

const drops = counter({
  name: 'viewer_drops_total',
  help: 'Times that a viewer fell behind and was sent nothing until the next key frame.',
  labels: ['protocol'],
  values: PROTOCOLS,
})
const cuts = counter({
  name: 'viewers_cut_total',
  help: `Viewers that were behind for ${CUT_AFTER_MS / 1000} s and were cut off.`,
  labels: ['protocol'],
  values: PROTOCOLS,
})

/** What a viewer is written to: a socket, or something like it. */
export interface Connection {
  /** Bytes that were written and that the viewer has not taken. */
  readonly writableLength: number
  write(bytes: Uint8Array): unknown
  cork(): void
  uncork(): void
  end(): unknown
  destroy(): unknown
}

/** Which kinds of media a stream has. */
export interface Tracks {
  audio: boolean
  video: boolean
}

export interface SubscriberOptions {
  framing: Framing
  protocol: Protocol
  /** Called when the viewer is let in, before its first byte. */
  accept: () => void
  /** What comes before the first media. */
  fileHeader?: (tracks: Tracks) => Buffer
  /** What comes after the last media. */
  trailer?: Buffer
}

/** What a stream is to a viewer at one moment. */
export interface Snapshot {
  now: number
  /** Bytes that a viewer may be behind. */
  limit: number
  tracks: Tracks
  /** What a decoder needs before a key frame. */
  head: Buffer
}

/** The messages of one turn of the event loop, or of BATCH_MS, in one framing; all viewers share the bytes. */
export interface Batch {
  bytes: Buffer
  /** Where a viewer can begin; -1: nowhere. */
  keyAt: number
}

/** One viewer of one stream. */
export class Subscriber {
  readonly #connection: Connection
  readonly #options: SubscriberOptions
  /** It is sent nothing before the next place to begin. */
  #awaitsKey = true
  #hasFileHeader = false
  /** What it was given to begin with may be more than the limit. */
  #allowance = 0
  #behindSince: number | undefined
  /** Of media, until now. */
  sentBytes = 0

  constructor(connection: Connection, options: SubscriberOptions) {
    this.#connection = connection
    this.#options = options
  }

  get framing(): Framing {
    return this.#options.framing
  }

  get protocol(): Protocol {
    return this.#options.protocol
  }

  accept(): void {
    this.#options.accept()
  }

  /** Sends the group of pictures of now, in one write. Returns how many bytes that were. */
  begin(pieces: Buffer[], snapshot: Snapshot): number {
    const before = this.#connection.writableLength
    const bytes = this.#resume(pieces, snapshot)
    this.#allowance = before + bytes
    return bytes
  }

  /** What comes next can only be decoded from a key frame on. */
  awaitKey(): void {
    this.#awaitsKey = true
  }

  /** Sends a batch, unless the viewer is too far behind. Returns how many bytes it sent. */
  deliver({ bytes, keyAt }: Batch, snapshot: Snapshot): number {
    if (this.#isBehind(snapshot)) return 0
    if (!this.#awaitsKey) {
      this.#connection.write(bytes)
      this.sentBytes += bytes.length
      return bytes.length
    }
    return keyAt < 0 ? 0 : this.#resume([bytes.subarray(keyAt)], snapshot)
  }

  /** The stream has ended. */
  end(): void {
    const { trailer } = this.#options
    if (trailer) this.#connection.write(trailer)
    this.#connection.end()
    setTimeout(() => this.#connection.destroy(), CLOSE_WITHIN_MS).unref()
  }

  #isBehind({ now, limit }: Snapshot): boolean {
    const waiting = this.#connection.writableLength
    if (waiting <= limit) {
      this.#allowance = 0
      this.#behindSince = undefined
      return false
    }
    if (waiting <= limit + this.#allowance) return false
    const { protocol } = this.#options
    this.#behindSince ??= now
    if (!this.#awaitsKey) drops.inc({ protocol })
    this.#awaitsKey = true
    if (now - this.#behindSince >= CUT_AFTER_MS) {
      cuts.inc({ protocol })
      this.#connection.destroy()
    }
    return true
  }

  #resume(pieces: Buffer[], { tracks, head }: Snapshot): number {
    const { fileHeader } = this.#options
    const header = fileHeader && !this.#hasFileHeader ? [fileHeader(tracks)] : []
    this.#hasFileHeader = true
    this.#awaitsKey = false
    const all = [...header, head, ...pieces]
    this.#connection.cork()
    for (const piece of all) this.#connection.write(piece)
    this.#connection.uncork()
    const sent = all.reduce((sum, { length }) => sum + length, 0)
    this.sentBytes += sent
    return sent
  }
}
