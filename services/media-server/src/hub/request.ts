import type { Presentation } from '../cmaf/presentation.ts'
import type { StreamName } from '../stream-name.ts'
import type { Message } from './message.ts'
import type { Protocol } from './protocol.ts'
import type { Subscriber } from './subscriber.ts'

/** Who wants to publish or play what. */
export interface StreamRequest {
  /** Undefined: what they asked for is no name. */
  name: StreamName | undefined
  protocol: Protocol
  /** Network address. */
  client: string
  token?: string | undefined
  /** All of what stands behind the name. */
  query?: URLSearchParams | undefined
  /** The session cookie of a browser. */
  session?: string | undefined
}

export interface PublishRequest extends StreamRequest {
  /** Ends the publisher's connection and tells it why. */
  close(reason: string): void
  /** Asks the publisher to connect again, elsewhere; absent: it would not understand that. */
  askToReconnect?: (() => void) | undefined
}

/** Where the messages of a publisher go. */
export interface Sink {
  write(message: Message): void
  /** The publisher has left; a second call does nothing. */
  end(): void
}

/** What the listeners of all protocols bring their requests to. */
export interface StreamAccess {
  /** Rejects with StreamRefusedError; until it resolves the publisher is not told that it may begin. */
  publish(request: PublishRequest): Promise<Sink>
  /** Resolves when the viewer may play it. Rejects with StreamRefusedError, as `play` would. */
  find(request: StreamRequest): Promise<void>
  /** Resolves with what to call when the viewer has left. Rejects with StreamRefusedError. */
  play(request: StreamRequest, subscriber: Subscriber): Promise<() => void>
  /** Resolves with the stream as segments. Rejects with StreamRefusedError, as `play` would. */
  present(request: StreamRequest): Promise<Presentation>
}
