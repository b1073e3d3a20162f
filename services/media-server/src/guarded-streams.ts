import { type Access, AccessRefusedError, type Role } from '@livepods/access'
import type { Presentation } from './cmaf/presentation.ts'
import type { PublishRequest, Sink, StreamAccess, StreamRequest } from './hub/request.ts'
import { StreamRefusedError } from './hub/stream-refused-error.ts'
import type { CheckedAccess } from './hub/streams.ts'
import type { Subscriber } from './hub/subscriber.ts'

/** Streams for those who may: publishing needs the role submit, watching read. */
export class GuardedStreams implements StreamAccess {
  readonly #streams: CheckedAccess
  readonly #access: Access | undefined

  /** @param access absent: everybody may */
  constructor(streams: CheckedAccess, access: Access | undefined) {
    this.#streams = streams
    this.#access = access
  }

  async publish(request: PublishRequest): Promise<Sink> {
    return await this.#streams.publish({ ...request, owner: this.#enter(request, 'submit') })
  }

  async play(request: StreamRequest, subscriber: Subscriber): Promise<() => void> {
    this.#enter(request, 'read')
    return await this.#streams.play(request, subscriber)
  }

  async find(request: StreamRequest): Promise<void> {
    this.#enter(request, 'read')
    await this.#streams.find(request)
  }

  async present(request: StreamRequest): Promise<Presentation> {
    this.#enter(request, 'read')
    return await this.#streams.present(request)
  }

  /** The name of their token, where tokens are set. */
  #enter({ token, session, client }: StreamRequest, role: Role): string | undefined {
    if (!this.#access?.required) return undefined
    try {
      return this.#access.enter({ token, session, client }, role).name
    } catch (error) {
      if (!(error instanceof AccessRefusedError)) throw error
      throw new StreamRefusedError('UNAUTHORIZED', error.message, { cause: error })
    }
  }
}
