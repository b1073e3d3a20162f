import { randomUUID } from 'node:crypto'
import type { Presentation } from '../cmaf/presentation.ts'
import type { HookEvent } from '../hooks/hook-body.ts'
import type { Hooks } from '../hooks/hooks.ts'
import type { PublishRequest, Sink, StreamRequest } from '../hub/request.ts'
import type { CheckedAccess } from '../hub/streams.ts'
import type { Subscriber } from '../hub/subscriber.ts'
import type { StreamName } from '../stream-name.ts'
import type { Clients } from './clients.ts'
import { Viewings } from './viewings.ts'

interface Options {
  /** Who is asked before somebody is let in; absent: nobody. */
  hooks?: Pick<Hooks, 'ask' | 'tell'> | undefined
  /** Where those are listed who are let in. */
  clients?: Pick<Clients, 'add'> | undefined
  /** Tokens are ours: hooks are not told them. */
  hidesTokens: boolean
  /** A viewer of HLS or DASH that asks for nothing for so long has left. */
  idleMs?: number
}

interface Visit {
  /** It is there now, until `leave`. */
  begin(client: { sentBytes(): number; kick(): void }): void
  /** It has gone, or never came; a second call does nothing. */
  leave(): void
}

const KICKED = 'An operator has ended this connection.'

/** Streams for those whom the hooks let in, each of whom waits for its own answer alone, and a list of who they are. */
export class AdmittedStreams implements CheckedAccess, Disposable {
  readonly #streams: CheckedAccess
  readonly #options: Options
  readonly #viewings: Viewings

  constructor(streams: CheckedAccess, options: Options) {
    this.#streams = streams
    this.#options = options
    this.#viewings = new Viewings({
      enter: async (request, kick) => {
        const visit = await this.#enter('play', request)
        visit.begin({ kick, sentBytes: () => 0 })
        return visit.leave
      },
      kicked: KICKED,
      ...(options.idleMs !== undefined && { idleMs: options.idleMs }),
    })
  }

  async publish(request: PublishRequest & { owner?: string | undefined }): Promise<Sink> {
    // It is refused below.
    if (request.name === undefined) return await this.#streams.publish(request)
    const visit = await this.#enter('publish', request)
    try {
      const sink = await this.#streams.publish(request)
      const end = () => {
        sink.end()
        visit.leave()
      }
      const kick = () => {
        request.close(KICKED)
        end()
      }
      visit.begin({ kick, sentBytes: () => 0 })
      return { write: sink.write, end }
    } catch (error) {
      visit.leave()
      throw error
    }
  }

  async play(request: StreamRequest, subscriber: Subscriber): Promise<() => void> {
    await this.#streams.find(request)
    const visit = await this.#enter('play', request)
    try {
      const leaveStream = await this.#streams.play(request, subscriber)
      const leave = () => {
        leaveStream()
        visit.leave()
      }
      const kick = () => {
        leave()
        subscriber.end()
      }
      visit.begin({ kick, sentBytes: () => subscriber.sentBytes })
      return leave
    } catch (error) {
      visit.leave()
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

  async #enter(hook: 'publish' | 'play', { name, protocol, client, query }: StreamRequest): Promise<Visit> {
    const { hooks, clients, hidesTokens } = this.#options
    const id = randomUUID()
    const event: HookEvent = { id, request: { name, protocol, client, query }, hidesToken: hidesTokens }
    await hooks?.ask(hook, event)
    const isPublisher = hook === 'publish'
    let hasLeft = false
    let remove = () => {}
    return {
      begin: (rest) => {
        const about = { id, name: name as StreamName, protocol, isPublisher, address: client }
        remove = clients?.add({ ...about, ...rest }) ?? remove
      },
      leave: () => {
        if (hasLeft) return
        hasLeft = true
        remove()
        hooks?.tell(isPublisher ? 'unpublish' : 'stop', event)
      },
    }
  }
}
