import type { Log } from '@livepods/service'
import type { PackagerTargets } from '../cmaf/period.ts'
import { Presentation } from '../cmaf/presentation.ts'
import type { WindowLimits } from '../cmaf/window.ts'
import type { StreamName } from '../stream-name.ts'
import type { Claims } from './claims.ts'
import { type Clock, systemClock } from './clock.ts'
import { type ConflictPolicy, conflict } from './conflict.ts'
import { keyFrameAge, plays, publishes, streams } from './metrics.ts'
import type { PublishRequest, Sink, StreamRequest } from './request.ts'
import { type Follower, type RemotePublisher, Stream, type StreamReport } from './stream.ts'
import { StreamRefusedError } from './stream-refused-error.ts'
import type { Streams } from './streams.ts'
import type { Subscriber } from './subscriber.ts'

export interface HubOptions {
  log: Log
  policy: ConflictPolicy
  /** Messages are gathered for so long before they are sent to viewers. */
  batchMs: number
  /** Viewers wait so long for a publisher that left. */
  graceMs: number
  /** What is kept of each stream as segments, and what those are made like. */
  window: WindowLimits
  targets: PackagerTargets
  clock?: Clock
  /** Who else might publish; absent: nobody. */
  claims?: Claims | undefined
  /** Called with each stream as it begins here. */
  onStream?: ((stream: Stream) => void) | undefined
}

/** What other replicas say of a stream. */
export interface RemoteStream {
  /** When the name was published first. */
  bornAt: Date
  publisher: RemotePublisher
}

/** All streams of this process, by their names. */
export class Hub implements Streams {
  readonly #options: HubOptions
  readonly #streams = new Map<StreamName, Stream>()
  /** Of streams that have ended, for a window more; by their names. */
  readonly #ended = new Map<StreamName, Presentation>()
  #isClosed = false

  constructor(options: HubOptions) {
    this.#options = options
  }

  async publish(request: PublishRequest & { owner?: string | undefined }): Promise<Sink> {
    const { protocol, client, owner } = request
    try {
      const name = this.#nameOf(request)
      this.#refuseConflict(name, owner)
      const { claims } = this.#options
      const claimed = claims && (await claims.claim({ name, owner }))
      if (claims) this.#nameOf(request)
      const present = this.#streams.get(name)
      const tookOver = claimed?.tookOver || (present?.isLocal && present.onAir) || false
      const stream = present ?? this.#open(name)
      const { close, askToReconnect } = request
      const sink = stream.publish({ owner, protocol, client, tookOver, close, askToReconnect })
      publishes.inc({ protocol, result: tookOver ? 'took over' : 'accepted' })
      this.#options.log.info({ stream: name, protocol, client, actor: owner, tookOver }, 'publisher on air')
      return sink
    } catch (error) {
      if (!(error instanceof StreamRefusedError)) throw error
      publishes.inc({ protocol, result: 'refused' })
      this.#options.log.info({ stream: request.name, protocol, client, reason: error.message }, 'publisher refused')
      throw error
    }
  }

  async play(request: StreamRequest, subscriber: Subscriber): Promise<() => void> {
    const { protocol } = request
    try {
      const leave = this.#present(request).add(subscriber)
      plays.inc({ protocol, result: 'accepted' })
      return leave
    } catch (error) {
      if (error instanceof StreamRefusedError) plays.inc({ protocol, result: 'refused' })
      throw error
    }
  }

  async find(request: StreamRequest): Promise<void> {
    this.#present(request)
  }

  async present(request: StreamRequest): Promise<Presentation> {
    const ended = this.#ended.get(this.#nameOf(request))
    return ended ?? this.#present(request).presentation
  }

  /** The stream itself; undefined when there is none. */
  at(name: StreamName): Stream | undefined {
    return this.#streams.get(name)
  }

  /** Its segments, also for a while after its end. */
  presentationOf(name: StreamName): Presentation | undefined {
    return this.#streams.get(name)?.presentation ?? this.#ended.get(name)
  }

  /** Why somebody with this token may not publish the name now; undefined: they may. */
  conflictOf(name: StreamName, owner: string | undefined): string | undefined {
    const holder = this.#streams.get(name)?.holder
    return holder && conflict(this.#options.policy, holder, owner)
  }

  /** The stream is, from now on, what another replica sends of it. */
  follow(
    name: StreamName,
    { bornAt, publisher }: RemoteStream,
    { isResumed }: { isResumed: boolean },
  ): { stream: Stream; follower: Follower } {
    const stream = this.#streams.get(name) ?? this.#open(name, bornAt)
    return { stream, follower: stream.follow(publisher, { isResumed }) }
  }

  /** A stream that is off air, with the segments that another replica had of it. */
  adopt(name: StreamName, { bornAt, publisher }: RemoteStream): Stream {
    const stream = this.#streams.get(name) ?? this.#open(name, bornAt)
    if (!stream.onAir) stream.await(publisher)
    return stream
  }

  /** Forgets a stream that goes on elsewhere and that nobody watches here. */
  drop(name: StreamName): void {
    const stream = this.#streams.get(name)
    if (!stream) return
    stream.drop()
    this.#streams.delete(name)
    streams.dec()
  }

  list(): StreamReport[] {
    return [...this.#streams.values()]
      .map((stream) => stream.report())
      .sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  get(name: StreamName): StreamReport | undefined {
    return this.#streams.get(name)?.report()
  }

  /** Brings the metrics that no event changes up to date. */
  measure(): void {
    const ages = [...this.#streams.values()].map(({ keyFrameAgeMs }) => keyFrameAgeMs)
    keyFrameAge.set(Math.max(0, ...ages) / 1000)
  }

  kick(name: StreamName): boolean {
    const stream = this.#streams.get(name)
    stream?.end('The stream was ended by an operator.')
    return stream !== undefined
  }

  close(): void {
    this.#isClosed = true
    for (const stream of [...this.#streams.values()]) stream.end('The server stops. Connect again.')
  }

  #refuseConflict(name: StreamName, owner: string | undefined): void {
    const reason = this.conflictOf(name, owner)
    if (reason !== undefined) throw new StreamRefusedError('TAKEN', reason)
  }

  /** @param bornAt of the stream elsewhere; one that ended here and began at another time is another one */
  #open(name: StreamName, bornAt?: Date): Stream {
    const { log, batchMs, graceMs, window, targets, clock = systemClock } = this.#options
    const ended = this.#ended.get(name)
    const isSame = bornAt === undefined || ended?.bornAt.getTime() === bornAt.getTime()
    const presentation = ended && isSame ? ended : new Presentation(window, bornAt ?? new Date(clock.epoch()))
    this.#ended.delete(name)
    const onEnd = () => {
      this.#streams.delete(name)
      this.#ended.set(name, presentation)
      clock.after(window.seconds * 1000, () => this.#forget(name, presentation))
      streams.dec()
      log.info({ stream: name }, 'stream ended')
    }
    const stream = new Stream(name, { log, batchMs, graceMs, presentation, targets, clock, onEnd })
    this.#streams.set(name, stream)
    streams.inc()
    this.#options.onStream?.(stream)
    return stream
  }

  #forget(name: StreamName, presentation: Presentation): void {
    if (this.#ended.get(name) === presentation) this.#ended.delete(name)
  }

  #present(request: StreamRequest): Stream {
    const name = this.#nameOf(request)
    const stream = this.#streams.get(name)
    if (!stream) throw new StreamRefusedError('ABSENT', `Nobody publishes ${name} now.`)
    return stream
  }

  #nameOf({ name }: StreamRequest): StreamName {
    if (this.#isClosed) throw new StreamRefusedError('STOPPING', 'The server stops. Connect again.')
    if (name === undefined)
      throw new StreamRefusedError('BAD_NAME', 'A stream is named app/key, of letters, digits and . _ ~ - only.')
    return name
  }
}
