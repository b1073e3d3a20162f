import type { Log } from '@livepods/service'
import { Packager } from '../cmaf/packager.ts'
import type { PackagerTargets } from '../cmaf/period.ts'
import type { Presentation, PresentationRecord } from '../cmaf/presentation.ts'
import type { StreamName } from '../stream-name.ts'
import type { Clock } from './clock.ts'
import type { Holder } from './conflict.ts'
import { type Entry, JoinCache } from './join-cache.ts'
import type { Measured } from './measured.ts'
import { describeMedia, type Media } from './media.ts'
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
  /** Asks it to connect again, elsewhere; absent: it would not understand that. */
  askToReconnect?: (() => void) | undefined
}

/** Who publishes a stream at another replica. */
export type RemotePublisher = Pick<Publisher, 'owner' | 'protocol' | 'client'>

/** Where it goes what the owner of a stream, another replica, sends of it. */
export interface Follower {
  /** A message of before now, for who begins to watch. */
  join(message: Message): void
  write(message: Message): void
  apply(record: PresentationRecord): void
  /** The owner is gone; a second call does nothing. */
  end(): void
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
  /** When the one who publishes it, or did last, began. */
  publishedAt?: Date | undefined
  publisher: Pick<Publisher, 'owner' | 'protocol' | 'client'> | undefined
  viewers: number
  bitsPerSecond: number
  codecs: string[]
  width?: number | undefined
  height?: number | undefined
}

interface Publication extends Publisher {
  publishedAt: Date
  startedAt: number
  lastMessageAt: number
  /** It is connected to another replica, which decides who may have the name. */
  isRemote: boolean
}

/** One name on air: a publisher after the other, and those who watch. */
export class Stream {
  readonly name: StreamName
  readonly #options: StreamOptions
  readonly #since = new Date()
  readonly #timeline = new Timeline()
  readonly #byteRate = new Rate(RATE_SECONDS)
  readonly #byteRates = { video: new Rate(RATE_SECONDS), audio: new Rate(RATE_SECONDS) }
  readonly #frameRate = new Rate(RATE_SECONDS)
  #receivedBytes = 0
  /** Pictures of the last whole group, and of the one that is coming. */
  #groupLength = 0
  #groupSoFar = 0
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
  readonly #listeners = new Set<(message: Message) => void>()
  /** The publisher was asked to connect elsewhere. */
  #isMoving = false
  /** It is closed before the next key frame. */
  #closesAtKey: string | undefined
  #keyAt = 0

  constructor(name: StreamName, options: StreamOptions) {
    this.name = name
    this.#options = options
  }

  /** What counts when somebody else wants the name; undefined when it is free. */
  get holder(): Holder | undefined {
    if (!this.#publisher) return undefined
    const { owner, tookOver, startedAt, lastMessageAt, isRemote } = this.#publisher
    const now = this.#options.clock.now()
    // While viewers wait the name is kept for its owner.
    if (!this.#onAir || isRemote || this.#isMoving)
      return owner === undefined ? undefined : { owner, silentMs: Infinity, tookOverMs: Infinity }
    return { owner, silentMs: now - lastMessageAt, tookOverMs: tookOver ? now - startedAt : Infinity }
  }

  get onAir(): boolean {
    return this.#onAir
  }

  /** Who publishes it, or did until a moment ago. */
  get publisher(): RemotePublisher | undefined {
    return this.#publisher
  }

  /** Whether its publisher is connected here, or was until a moment ago. */
  get isLocal(): boolean {
    return this.#publisher?.isRemote === false
  }

  get presentation(): Presentation {
    return this.#options.presentation
  }

  /** Since its last key frame, or its begin; 0 where nobody sends pictures here. */
  get keyFrameAgeMs(): number {
    return this.#onAir && this.isLocal && this.#cache.tracks.video ? this.#options.clock.now() - this.#keyAt : 0
  }

  /** Viewers that are connected, and those of HLS and DASH. */
  get viewers(): number {
    return this.#viewerCount + this.presentation.viewers.count(this.#options.clock.now())
  }

  /** What of it comes in. */
  get measured(): Measured {
    const now = this.#options.clock.now()
    const { video, audio } = this.#byteRates
    const [picture, sound] = (['video', 'audio'] as const).map(
      (kind) => this.presentation.tracks.get(kind)?.description,
    )
    return {
      receivedBytes: this.#receivedBytes,
      videoBitsPerSecond: 8 * video.at(now),
      audioBitsPerSecond: 8 * audio.at(now),
      framesPerSecond: this.#frameRate.at(now),
      groupLength: this.#groupLength,
      codecs: this.#cache.codecs,
      ...(picture && { videoCodec: picture.codec }),
      ...this.#cache.size,
      ...(sound && { audioCodec: sound.codec }),
      ...(sound?.sampleRate !== undefined && { sampleRate: sound.sampleRate }),
      ...(sound?.channels !== undefined && { channels: sound.channels }),
    }
  }

  /** What a viewer needs who begins now. */
  get joinMessages(): Message[] {
    return [...this.#cache.messages, ...this.#pending.map(({ message }) => message)]
  }

  /** From now on the stream is this publisher's; the one of before is closed. */
  publish(publisher: Publisher): Sink {
    const { clock, presentation, targets } = this.#options
    const published = this.#begin({ ...publisher, isRemote: false })
    this.#timeline.restart()
    // The replica that published before may have a clock that is ahead of ours.
    const aheadMs = presentation.isShared ? Math.max(0, (presentation.position?.endsAt ?? 0) - clock.epoch()) : 0
    closeSegments(presentation)
    presentation.apply({ type: 'begin' })
    this.#packager = new Packager({ presentation, targets, now: () => clock.epoch() + aheadMs })
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

  /**
   * From now on the stream is what another replica sends of it.
   * @param isResumed it is the same publisher as before, whose messages go on
   */
  follow(publisher: RemotePublisher, { isResumed }: { isResumed: boolean }): Follower {
    const followed = this.#begin({ ...publisher, tookOver: false, close: () => {}, isRemote: true })
    if (!isResumed) {
      this.#timeline.restart()
      this.presentation.apply({ type: 'begin' })
    }
    this.presentation.isShared = true
    const isCurrent = () => this.#publisher === followed && this.#onAir
    return {
      join: (message) => {
        if (!isCurrent()) return
        if (isResumed) this.#cache.remember({ media: describeMedia(message), message })
        else this.#write(message, followed)
      },
      write: (message) => {
        if (isCurrent()) this.#write(message, followed)
      },
      apply: (record) => {
        if (!isCurrent()) return
        if (record.type === 'end') this.end('The stream has ended.')
        else this.presentation.apply(record)
      },
      end: () => {
        if (isCurrent()) this.#publisherLeft()
      },
    }
  }

  /** It is off air until its publisher comes back, here or elsewhere; who it is, the other replicas say. */
  await(publisher: RemotePublisher): void {
    this.#begin({ ...publisher, tookOver: false, close: () => {}, isRemote: true })
    this.presentation.isShared = true
    this.#publisherLeft()
  }

  /** Another replica has the publisher, or will in a moment; the one that is here is told and closed. */
  yield(reason: string): void {
    const publisher = this.#publisher
    if (!publisher) return
    if (this.#onAir) {
      publisher.close(reason)
      this.#publisherLeft()
    }
    this.presentation.isShared = true
    this.#publisher = { ...publisher, isRemote: true }
  }

  /** The publisher that is here should connect elsewhere: it is asked to, or closed when a segment can end. */
  moveAway(reason: string): void {
    if (!this.#onAir || !this.isLocal) return
    this.#isMoving = true
    if (this.#publisher?.askToReconnect) this.#publisher.askToReconnect()
    else this.#closesAtKey = reason
  }

  /** Ends the connection of the publisher that is here; viewers wait for its return. */
  closePublisher(reason: string): void {
    if (!this.#onAir || !this.isLocal) return
    this.#publisher?.close(reason)
    this.#publisherLeft()
  }

  /** Calls `listener` with each message that viewers are sent. Returns how to end that. */
  listen(listener: (message: Message) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Begins to send to the viewer. Returns what to call when it has left. */
  add(subscriber: Subscriber): () => void {
    const { framing, protocol } = subscriber
    // It throws when the viewer has gone while it waited to be let in.
    subscriber.accept()
    const group = this.#viewers.get(framing) ?? new Set()
    this.#viewers.set(framing, group.add(subscriber))
    this.#viewerCount++
    viewers.inc({ protocol })
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
    closeSegments(this.presentation)
    this.presentation.apply({ type: 'end' })
    for (const group of this.#viewers.values()) for (const subscriber of group) subscriber.end()
    this.#options.onEnd()
  }

  /** It goes on elsewhere, and nobody watches it here. */
  drop(): void {
    this.#isEnded = true
    this.#cancelWait()
    this.#onAir = false
  }

  report(): StreamReport {
    return {
      name: this.name,
      onAir: this.#onAir,
      since: this.#since,
      publishedAt: this.#publisher?.publishedAt,
      publisher: this.#publisher,
      viewers: this.viewers,
      bitsPerSecond: Math.round(8 * this.#byteRate.at(this.#options.clock.now())),
      codecs: this.#cache.codecs,
      ...this.#cache.size,
    }
  }

  #begin(publisher: Omit<Publication, 'publishedAt' | 'startedAt' | 'lastMessageAt'>): Publication {
    if (this.#onAir) this.#publisher?.close('Another connection publishes this stream now.')
    this.#flush()
    this.#packager?.end()
    this.#packager = undefined
    this.#cancelWait()
    this.#isMoving = false
    this.#closesAtKey = undefined
    const now = this.#options.clock.now()
    const published = {
      ...publisher,
      publishedAt: new Date(this.#options.clock.epoch()),
      startedAt: now,
      lastMessageAt: now,
    }
    this.#publisher = published
    this.#keyAt = now
    this.#onAir = true
    this.#cache = new JoinCache()
    for (const group of this.#viewers.values()) for (const subscriber of group) subscriber.awaitKey()
    return published
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
    if (!published.isRemote) receivedBytes.inc(message.payload.length)
    const media = describeMedia(message)
    this.#count(media, message.payload.length, now)
    if (media.kind === 'video' && media.role === 'key') this.#keyAt = now
    if (this.#closesAtKey !== undefined && media.role === 'key') {
      this.closePublisher(this.#closesAtKey)
      return
    }
    const payload = media.kind === 'data' ? withoutSetDataFrame(message.payload) : message.payload
    if (media.role === 'none' || payload.length === 0) return
    // Encoders give any time to what is no frame.
    const isFrame = media.kind !== 'data' && media.role !== 'config'
    const timestamp = isFrame ? this.#timeline.map(message.timestamp) : this.#timeline.now
    this.#packager?.write(message, this.#timeline.elapsed)
    const entry = { media, message: { type: message.type, timestamp, payload } }
    for (const listener of this.#listeners) listener(entry.message)
    if (this.#pending.length > 0) {
      this.#pending.push(entry)
    } else if (this.#viewerCount === 0) {
      this.#cache.remember(entry)
    } else {
      this.#pending.push(entry)
      clock.after(batchMs, () => this.#flush())
    }
  }

  #count({ kind, role }: Media, bytes: number, now: number): void {
    this.#receivedBytes += bytes
    this.#byteRate.add(bytes, now)
    if (kind !== 'data') this.#byteRates[kind].add(bytes, now)
    if (kind !== 'video' || (role !== 'key' && role !== 'frame')) return
    this.#frameRate.add(1, now)
    if (role === 'key') {
      this.#groupLength = this.#groupSoFar
      this.#groupSoFar = 0
    }
    this.#groupSoFar++
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

/** Segments that a publisher elsewhere could not end: they are whole with what is here. */
function closeSegments(presentation: Presentation): void {
  for (const [kind, { window }] of presentation.tracks)
    if (window.last?.isClosed === false) presentation.apply({ type: 'close', kind })
}

function withoutSetDataFrame(payload: Buffer): Buffer {
  const isSet = payload.subarray(0, SET_DATA_FRAME.length).equals(SET_DATA_FRAME)
  return isSet ? payload.subarray(SET_DATA_FRAME.length) : payload
}
