import type { Log } from '@livepods/service'
import { Packager } from '../cmaf/packager.ts'
import type { PackagerTargets } from '../cmaf/period.ts'
import type { Presentation } from '../cmaf/presentation.ts'
import type { StreamName } from '../stream-name.ts'
import type { Clock } from './clock.ts'
import type { Holder } from './conflict.ts'
import { type Entry, JoinCache } from './join-cache.ts'
import { describeMedia } from './media.ts'
import { type Framing, frame, type Message } from './message.ts'
import { receivedBytes, sentBytes, viewers } from './metrics.ts'
import type { Protocol } from './protocol.ts'
import { Rate } from './rate.ts'
import type { Sink } from './request.ts'
import type { Batch, Snapshot, Subscriber } from './subscriber.ts'
import { Timeline } from './timeline.ts'

/** A publisher that sends no media for so long has gone. */
const IDLE_MS = 10_000
/** What its rate is measured over. */
const RATE_SECONDS = 5
/** A viewer may be behind by what comes in so many seconds, within these bytes. */
const BEHIND_SECONDS = 2
const MIN_BEHIND = 256 * 1024
const MAX_BEHIND = 4 * 1024 * 1024

/** AMF of a text with which encoders ask a server to keep what follows. */
const SET_DATA_FRAME = Buffer.from('\x02\x00\x0d@setDataFrame', 'latin1')
const NOTHING = Buffer.alloc(0)

/** Who publishes a stream now. */
export interface Publisher {
  /** Name of the token; undefined where no tokens are set. */
  owner: string | undefined
  protocol: Protocol
  client: string
  /** Whether it took the name over from somebody who was there. */
  tookOver: boolean
  /** Ends its connection and tells it why. */
  close(reason: string): void
}

export interface StreamOptions {
  clock: Clock
  log: Log
  /** Messages are gathered for so long before they are sent; 0: those of one turn of the event loop. */
  batchMs: number
  /** Viewers wait so long for a publisher that left. */
  graceMs: number
  /** What its segments are added to. */
  presentation: Presentation
  targets: PackagerTargets
  /** Called once when the stream has ended. */
  onEnd: () => void
}

/** A stream as others see it. */
export interface StreamReport {
  name: StreamName
  /** Whether somebody publishes it now; else viewers wait for that. */
  onAir: boolean
  since: Date
  publisher: Pick<Publisher, 'owner' | 'protocol' | 'client'> | undefined
  viewers: number
  bitsPerSecond: number
  codecs: string[]
  width?: number | undefined
  height?: number | undefined
}

interface Publication extends Publisher {
  startedAt: number
  lastMessageAt: number
}

/** One name on air: a publisher after the other, and those who watch. */
export class Stream {
  readonly name: StreamName
  readonly #options: StreamOptions
  readonly #since = new Date()
  readonly #timeline = new Timeline()
  readonly #byteRate = new Rate(RATE_SECONDS)
  readonly #viewers = new Map<Framing, Set<Subscriber>>()
  #viewerCount = 0
  #cache = new JoinCache()
  #packager: Packager | undefined
  /** Who publishes it, or did until a moment ago. */
  #publisher: Publication | undefined
  #onAir = false
  #isEnded = false
  /** What came since the last batch, while somebody watches. */
  #pending: Entry[] = []
  /** Cancels the wait for the end of the publisher, or for its return. */
  #cancelWait = () => {}

  constructor(name: StreamName, options: StreamOptions) {
    this.name = name
    this.#options = options
  }

  /** What counts when somebody else wants the name; undefined when it is free. */
  get holder(): Holder | undefined {
    if (!this.#publisher) return undefined
    const { owner, tookOver, startedAt, lastMessageAt } = this.#publisher
    const now = this.#options.clock.now()
    // While viewers wait the name is kept for its owner.
    if (!this.#onAir) return owner === undefined ? undefined : { owner, silentMs: Infinity, tookOverMs: Infinity }
    return { owner, silentMs: now - lastMessageAt, tookOverMs: tookOver ? now - startedAt : Infinity }
  }

  get onAir(): boolean {
    return this.#onAir
  }

  get presentation(): Presentation {
    return this.#options.presentation
  }

  /** From now on the stream is this publisher's; the one of before is closed. */
  publish(publisher: Publisher): Sink {
    if (this.#onAir) this.#publisher?.close('Another connection publishes this stream now.')
    this.#flush()
    this.#packager?.end()
    const { clock, presentation, targets } = this.#options
    const now = clock.now()
    const published = { ...publisher, startedAt: now, lastMessageAt: now }
    this.#publisher = published
    this.#onAir = true
    this.#timeline.restart()
    this.#cache = new JoinCache()
    this.#packager = new Packager({ presentation, targets, now: () => clock.epoch() })
    for (const group of this.#viewers.values()) for (const subscriber of group) subscriber.awaitKey()
    this.#endWhenIdle(published)
    return {
      write: (message) => {
        if (this.#publisher === published && this.#onAir) this.#write(message, published)
      },
      end: () => {
        if (this.#publisher === published && this.#onAir) this.#publisherLeft()
      },
    }
  }

  /** Begins to send to the viewer. Returns what to call when it has left. */
  add(subscriber: Subscriber): () => void {
    const { framing, protocol } = subscriber
    const group = this.#viewers.get(framing) ?? new Set()
    this.#viewers.set(framing, group.add(subscriber))
    this.#viewerCount++
    viewers.inc({ protocol })
    subscriber.accept()
    const { first } = this.#cache
    if (first)
      sentBytes.inc({ protocol }, subscriber.begin(this.#cache.pieces(framing), this.#snapshot(framing, first)))
    return () => {
      if (!group.delete(subscriber)) return
      this.#viewerCount--
      viewers.dec({ protocol })
    }
  }

  /** Ends it for its publisher, who is told why, and for all who watch. */
  end(reason: string): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#cancelWait()
    this.#flush()
    if (this.#onAir) this.#publisher?.close(reason)
    this.#onAir = false
    this.#packager?.end()
    this.presentation.apply({ type: 'end' })
    for (const group of this.#viewers.values()) for (const subscriber of group) subscriber.end()
    this.#options.onEnd()
  }

  report(): StreamReport {
    return {
      name: this.name,
      onAir: this.#onAir,
      since: this.#since,
      publisher: this.#publisher,
      viewers: this.#viewerCount + this.presentation.viewers.count(this.#options.clock.now()),
      bitsPerSecond: Math.round(8 * this.#byteRate.at(this.#options.clock.now())),
      codecs: this.#cache.codecs,
      ...this.#cache.size,
    }
  }

  #endWhenIdle(published: Publication): void {
    const { clock } = this.#options
    const wait = (ms: number) => {
      this.#cancelWait()
      this.#cancelWait = clock.after(ms, () => {
        const leftMs = published.lastMessageAt + IDLE_MS - clock.now()
        if (leftMs > 0) return wait(leftMs)
        published.close(`Nothing came for ${IDLE_MS / 1000} seconds.`)
        this.#publisherLeft()
      })
    }
    wait(IDLE_MS)
  }

  #publisherLeft(): void {
    const { clock, log, graceMs } = this.#options
    this.#onAir = false
    this.#flush()
    this.#packager?.end()
    this.#cancelWait()
    this.#cancelWait = clock.after(graceMs, () => this.end('The stream has ended.'))
    log.info({ stream: this.name }, 'publisher left')
  }

  #write(message: Message, published: Publication): void {
    const { clock, batchMs } = this.#options
    const now = clock.now()
    published.lastMessageAt = now
    this.#byteRate.add(message.payload.length, now)
    receivedBytes.inc(message.payload.length)
    const media = describeMedia(message)
    const payload = media.kind === 'data' ? withoutSetDataFrame(message.payload) : message.payload
    if (media.role === 'none' || payload.length === 0) return
    // Encoders give any time to what is no frame.
    const isFrame = media.kind !== 'data' && media.role !== 'config'
    const timestamp = isFrame ? this.#timeline.map(message.timestamp) : this.#timeline.now
    this.#packager?.write(message, this.#timeline.elapsed)
    const entry = { media, message: { type: message.type, timestamp, payload } }
    if (this.#pending.length > 0) {
      this.#pending.push(entry)
    } else if (this.#viewerCount === 0) {
      this.#cache.remember(entry)
    } else {
      this.#pending.push(entry)
      clock.after(batchMs, () => this.#flush())
    }
  }

  #flush(): void {
    const entries = this.#pending
    if (entries.length === 0) return
    this.#pending = []
    for (const entry of entries) this.#cache.remember(entry)
    const messages = entries.map(({ message }) => message)
    const first = this.#cache.findFirst(entries)
    for (const [framing, group] of this.#viewers) {
      if (group.size === 0) continue
      const keyAt = first < 0 ? -1 : messages.slice(0, first).reduce((sum, message) => sum + framing.size(message), 0)
      this.#deliver({ bytes: frame(framing, messages), keyAt }, group, this.#snapshot(framing, messages[first]))
    }
  }

  #deliver(batch: Batch, group: Set<Subscriber>, snapshot: Snapshot): void {
    const sent: Partial<Record<Protocol, number>> = {}
    for (const subscriber of group)
      sent[subscriber.protocol] = (sent[subscriber.protocol] ?? 0) + subscriber.deliver(batch, snapshot)
    for (const [protocol, bytes] of Object.entries(sent)) sentBytes.inc({ protocol }, bytes)
  }

  /** @param first where a viewer begins that begins now; absent: nowhere */
  #snapshot(framing: Framing, first: Message | undefined): Snapshot {
    const now = this.#options.clock.now()
    // A key frame may be more than comes in two seconds, and must fit all the same.
    const wanted = Math.max(this.#byteRate.at(now) * BEHIND_SECONDS, 2 * this.#cache.keyBytes)
    const limit = Math.max(MIN_BEHIND, Math.min(MAX_BEHIND, wanted))
    return { now, limit, tracks: this.#cache.tracks, head: first ? this.#cache.head(framing, first) : NOTHING }
  }
}

function withoutSetDataFrame(payload: Buffer): Buffer {
  const isSet = payload.subarray(0, SET_DATA_FRAME.length).equals(SET_DATA_FRAME)
  return isSet ? payload.subarray(SET_DATA_FRAME.length) : payload
}
