import type { StreamName } from '../stream-name.ts'
import type { PublishRequest, Sink, StreamAccess } from './request.ts'
import type { StreamReport } from './stream.ts'

/** Streams for those whose token was checked. */
export interface CheckedAccess extends StreamAccess {
  /** @param request.owner name of the token; undefined where no tokens are set */
  publish(request: PublishRequest & { owner?: string | undefined }): Promise<Sink>
}

/** The streams of the service, wherever they are. */
export interface Streams extends CheckedAccess {
  /** All streams in the order of their names. */
  list(): StreamReport[]
  /** The stream of this name, as others see it; undefined when there is none. */
  get(name: StreamName): StreamReport | undefined
  /** Ends a stream for its publisher and all viewers; false when there is none. */
  kick(name: StreamName): boolean
  /** Ends all streams of this process; none begins afterwards. */
  close(): void
}
