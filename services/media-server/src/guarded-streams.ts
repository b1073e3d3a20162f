import { type Access, AccessRefusedError, type Role } from '@livepods/access'
import type { Presentation } from './cmaf/presentation.ts'
import type { PublishRequest, Sink, StreamAccess, StreamRequest } from './hub/request.ts'
import { StreamRefusedError } from './hub/stream-refused-error.ts'
import type { CheckedAccess } from './hub/streams.ts'
import type { Subscriber } from './hub/subscriber.ts'
import type { StreamTokens } from './stream-tokens.ts'

interface Guards {
  /** Absent: everybody may. */
  access?: Access | undefined
  /** For some protocols in place of access tokens, which are right all the same; absent: for none. */
  tokens?: StreamTokens | undefined
}

/** Streams for those who may: publishing needs the role submit, watching read, or the token of the stream where it has one. */
export class GuardedStreams implements StreamAccess {
  readonly #streams: CheckedAccess
  readonly #guards: Guards

  constructor(streams: CheckedAccess, guards: Guards = {}) {
    this.#streams = streams
    this.#guards = guards
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

  /** The name of their token, where one is asked for. */
  #enter(request: StreamRequest, role: Role): string | undefined {
    const { access, tokens } = this.#guards
    const verdict = tokens?.judge(request, role)
    if (verdict?.isRight) return `token=${verdict.algorithm}`
    try {
      if (access?.required) return access.enter(request, role).name
      if (!verdict) return undefined
      throw new StreamRefusedError('UNAUTHORIZED', 'This needs the right token= in its address.')
    } catch (error) {
      if (verdict) tokens?.countWrong(request)
      if (!(error instanceof AccessRefusedError)) throw error
      throw new StreamRefusedError('UNAUTHORIZED', error.message, { cause: error })
    }
  }
}
