import type { StreamRequest } from '../hub/request.ts'
import { StreamRefusedError } from '../hub/stream-refused-error.ts'

interface Options {
  /** Asks whether the viewer may watch; resolves with what to call when it has left. `kick` keeps it away. */
  enter(request: StreamRequest, kick: () => void): Promise<() => void>
  /** What who is kept away is told. */
  kicked: string
  idleMs?: number
}

interface Viewing {
  entered: Promise<() => void>
  idle: NodeJS.Timeout
}

const IDLE_MS = 30_000
/** Of more, the oldest have left, and are asked for again. */
const MAX_VIEWINGS = 100_000

/**
 * Viewers of HLS and DASH, who have no connection: all requests for a stream from one address with the same token are one of them, and it
 * is asked for once.
 */
export class Viewings implements Disposable {
  readonly #enter: Options['enter']
  readonly #kicked: string
  readonly #idleMs: number
  readonly #viewings = new Map<string, Viewing>()

  constructor({ enter, kicked, idleMs = IDLE_MS }: Options) {
    this.#enter = enter
    this.#kicked = kicked
    this.#idleMs = idleMs
  }

  /** Rejects as the question does; the next request asks again. */
  async enter(request: StreamRequest): Promise<void> {
    const { name, client, token, session } = request
    const key = JSON.stringify([name, client, token, session])
    const viewing = this.#viewings.get(key) ?? this.#begin(key, request)
    viewing.idle.refresh()
    await viewing.entered
  }

  [Symbol.dispose](): void {
    for (const [key, viewing] of this.#viewings) this.#end(key, viewing)
  }

  #begin(key: string, request: StreamRequest): Viewing {
    const [oldest] = this.#viewings
    if (this.#viewings.size >= MAX_VIEWINGS && oldest) this.#end(...oldest)
    const viewing: Viewing = {
      entered: this.#enter(request, () => this.#kick(key, viewing)),
      idle: setTimeout(() => this.#end(key, viewing), this.#idleMs).unref(),
    }
    this.#viewings.set(key, viewing)
    viewing.entered.catch(() => this.#end(key, viewing))
    return viewing
  }

  /** Until it has asked for nothing for as long as one who has left. */
  #kick(key: string, viewing: Viewing): void {
    if (this.#viewings.get(key) !== viewing) return
    const refused = Promise.reject<() => void>(new StreamRefusedError('UNAUTHORIZED', this.#kicked))
    refused.catch(() => {})
    void viewing.entered.then((leave) => leave())
    viewing.entered = refused
  }

  #end(key: string, viewing: Viewing): void {
    if (this.#viewings.get(key) !== viewing) return
    this.#viewings.delete(key)
    clearTimeout(viewing.idle)
    // Who was refused has not come.
    viewing.entered.then(
      (leave) => leave(),
      () => {},
    )
  }
}
