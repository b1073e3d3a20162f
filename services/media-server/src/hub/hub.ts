import type { Log } from '@livepods/service'
import type { PackagerTargets } from '../cmaf/period.ts'
import { Presentation } from '../cmaf/presentation.ts'
import type { WindowLimits } from '../cmaf/window.ts'
import type { StreamName } from '../stream-name.ts'
import { type Clock, systemClock } from './clock.ts'
import { type ConflictPolicy, conflict } from './conflict.ts'
import { plays, publishes, streams } from './metrics.ts'
import type { PublishRequest, Sink, StreamAccess, StreamRequest } from './request.ts'
import { Stream, type StreamReport } from './stream.ts'
import { StreamRefusedError } from './stream-refused-error.ts'
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
}

/** All streams of this process, by their names. */
export class Hub implements StreamAccess {
  readonly #options: HubOptions
  readonly #streams = new Map<StreamName, Stream>()
  /** Of streams that have ended, for a window more; by their names. */
  readonly #ended = new Map<StreamName, Presentation>()
  #isClosed = false

  constructor(options: HubOptions) {
    this.#options = options
  }

  /** @param request.owner name of the token; undefined where no tokens are set */
  async publish(request: PublishRequest & { owner?: string | undefined }): Promise<Sink> {
    const { protocol, client, owner } = request
    try {
      const name = this.#nameOf(request)
      const present = this.#streams.get(name)
      const holder = present?.holder
      const reason = holder && conflict(this.#options.policy, holder, owner)
      if (reason !== undefined) throw new StreamRefusedError('TAKEN', reason)
      const tookOver = present?.onAir ?? false
      const stream = present ?? this.#open(name)
      const sink = stream.publish({ owner, protocol, client, tookOver, close: request.close })
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

  /** All streams in the order of their names. */
  list(): StreamReport[] {
    return [...this.#streams.values()]
      .map((stream) => stream.report())
      .sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  /** The stream of this name, as others see it; undefined when there is none. */
  get(name: StreamName): StreamReport | undefined {
    return this.#streams.get(name)?.report()
  }

  /** Ends a stream for its publisher and all viewers; false when there is none. */
  kick(name: StreamName): boolean {
    const stream = this.#streams.get(name)
    stream?.end('The stream was ended by an operator.')
    return stream !== undefined
  }

  /** Ends all streams; none begins afterwards. */
  close(): void {
    this.#isClosed = true
    for (const stream of [...this.#streams.values()]) stream.end('The server stops. Connect again.')
  }

  #open(name: StreamName): Stream {
    const { log, batchMs, graceMs, window, targets, clock = systemClock } = this.#options
    const presentation = this.#ended.get(name) ?? new Presentation(window, new Date(clock.epoch()))
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
