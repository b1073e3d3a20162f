import { randomUUID } from 'node:crypto'
import type { Presentation } from '../cmaf/presentation.ts'
import type { PublishRequest, Sink, StreamRequest } from '../hub/request.ts'
import type { CheckedAccess } from '../hub/streams.ts'
import type { Subscriber } from '../hub/subscriber.ts'
import type { HookEvent } from './hook-body.ts'
import type { Hooks } from './hooks.ts'
import { Viewings } from './viewings.ts'

interface Options {
  /** Tokens are ours: hooks are not told them. */
  hidesTokens: boolean
  /** A viewer of HLS or DASH that asks for nothing for so long has left. */
  idleMs?: number
}

/** Streams for those whom the hooks let in. Each waits for its own answer alone. */
export class HookedStreams implements CheckedAccess, Disposable {
  readonly #streams: CheckedAccess
  readonly #hooks: Hooks
  readonly #options: Options
  readonly #viewings: Viewings

  constructor(streams: CheckedAccess, hooks: Hooks, options: Options) {
    this.#streams = streams
    this.#hooks = hooks
    this.#options = options
    this.#viewings = new Viewings({
      enter: async (request) => await this.#enter('play', request),
      ...(options.idleMs !== undefined && { idleMs: options.idleMs }),
    })
  }

  async publish(request: PublishRequest & { owner?: string | undefined }): Promise<Sink> {
    // It is refused below.
    if (request.name === undefined) return await this.#streams.publish(request)
    const leave = await this.#enter('publish', request)
    try {
      const sink = await this.#streams.publish(request)
      const end = () => {
        sink.end()
        leave()
      }
      return { write: sink.write, end }
    } catch (error) {
      leave()
      throw error
    }
  }

  async play(request: StreamRequest, subscriber: Subscriber): Promise<() => void> {
    await this.#streams.find(request)
    const leave = await this.#enter('play', request)
    try {
      const leaveStream = await this.#streams.play(request, subscriber)
      return () => {
        leaveStream()
        leave()
      }
    } catch (error) {
      leave()
      throw error
    }
  }

  /** Nobody is asked: whether a stream is there is no media. */
  async find(request: StreamRequest): Promise<void> {
    await this.#streams.find(request)
  }

  async present(request: StreamRequest): Promise<Presentation> {
    const presentation = await this.#streams.present(request)
    await this.#viewings.enter(request)
    return presentation
  }

  /** All viewers of HLS and DASH have left. */
  [Symbol.dispose](): void {
    this.#viewings[Symbol.dispose]()
  }

  /** Resolves with how to tell, once, that who was let in has left. */
  async #enter(hook: 'publish' | 'play', { name, protocol, client, query }: StreamRequest): Promise<() => void> {
    const event: HookEvent = {
      id: randomUUID(),
      request: { name, protocol, client, query },
      hidesToken: this.#options.hidesTokens,
    }
    await this.#hooks.ask(hook, event)
    let hasLeft = false
    return () => {
      if (hasLeft) return
      hasLeft = true
      this.#hooks.tell(hook === 'publish' ? 'unpublish' : 'stop', event)
    }
  }
}
