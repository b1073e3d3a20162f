import { type AmfObject, decodeAmf, isAmfObject } from '../amf0.ts'
import { ProtocolError } from '../protocol-error.ts'
import { Gop } from './gop.ts'
import type { Media } from './media.ts'
import { type Framing, frame, type Message } from './message.ts'
import type { Tracks } from './subscriber.ts'

/** A message, and what it is to a viewer who begins with it. */
export interface Entry {
  message: Message
  media: Media
}

/** Tracks whose configuration is kept; more are sent on, and not kept. */
const MAX_CONFIGURATIONS = 32
/** How the AMF of metadata begins. */
const ON_META_DATA = Buffer.from('\x02\x00\x0aonMetaData', 'latin1')

/** What a viewer who begins now needs: metadata, configurations, and the messages since the last key frame. */
export class JoinCache {
  readonly #gop = new Gop()
  readonly #configurations = new Map<string, Entry>()
  #metadata: Message | undefined
  readonly tracks: Tracks = { audio: false, video: false }
  /** Of the last key frame. */
  keyBytes = 0

  /** Where a viewer begins that comes now; undefined: with the next key frame. */
  get first(): Message | undefined {
    return this.#gop.first
  }

  get codecs(): string[] {
    const decoders = [...this.#configurations.values()].filter(({ media }) => !media.isSupplement)
    return [...new Set(decoders.map(({ media }) => media.codec ?? 'unknown'))]
  }

  /** As the metadata says it. */
  get size(): { width?: number; height?: number } {
    const { width, height } = this.#metadata ? parseMetadata(this.#metadata) : {}
    return { ...(typeof width === 'number' && { width }), ...(typeof height === 'number' && { height }) }
  }

  remember({ message, media }: Entry): void {
    if (media.kind === 'data') {
      if (message.payload.subarray(0, ON_META_DATA.length).equals(ON_META_DATA)) this.#metadata = message
      else this.#gop.add(message)
      return
    }
    this.tracks[media.kind] = true
    if (media.role === 'config') this.#configure({ message, media })
    if (this.#isKey(media)) {
      this.keyBytes = message.payload.length
      this.#gop.begin(message)
    } else this.#gop.add(message)
  }

  /** The index of the first of these that a viewer can begin with, or -1. */
  findFirst(entries: readonly Entry[]): number {
    return this.tracks.video ? entries.findIndex(({ media }) => this.#isKey(media)) : 0
  }

  /** What is sent before `first`. */
  head(framing: Framing, { timestamp }: Message): Buffer {
    const configurations = [...this.#configurations.values()].map(({ message }) => message)
    const head = this.#metadata ? [this.#metadata, ...configurations] : configurations
    return frame(
      framing,
      head.map((message) => ({ ...message, timestamp })),
    )
  }

  /** All that it has: another cache that remembers them has the same. */
  get messages(): Message[] {
    const configurations = [...this.#configurations.values()].map(({ message }) => message)
    return [...(this.#metadata ? [this.#metadata] : []), ...configurations, ...this.#gop.messages]
  }

  /** All messages since the last key frame, in a few buffers that everybody who begins shares. */
  pieces(framing: Framing): Buffer[] {
    return this.#gop.pieces(framing)
  }

  #configure(entry: Entry): void {
    const { kind, track, isSupplement } = entry.media
    const key = `${kind} ${track}${isSupplement ? ' supplement' : ''}`
    const before = this.#configurations.get(key)
    // What is kept cannot be decoded with another configuration, nor is it what a supplement of before says.
    if (!isSupplement && before && !before.message.payload.equals(entry.message.payload)) {
      this.#gop.clear()
      this.#configurations.delete(`${key} supplement`)
    }
    if (before || this.#configurations.size < MAX_CONFIGURATIONS) this.#configurations.set(key, entry)
  }

  /** Of the first track of pictures: those of others begin when they like. */
  #isKey({ role, track }: Media): boolean {
    return role === 'key' && track === this.#mainTrack
  }

  get #mainTrack(): Media['track'] {
    return (
      [...this.#configurations.values()].find(({ media }) => media.kind === 'video' && !media.isSupplement)?.media
        .track ?? 0
    )
  }
}

/** The members of an onMetaData; none when an encoder made it wrong. */
function parseMetadata({ payload }: Message): AmfObject {
  try {
    return decodeAmf(payload).find(isAmfObject) ?? {}
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return {}
  }
}
