import { gauge } from '@livepods/service'
import type { Presentation } from '../cmaf/presentation.ts'

const blocked = gauge({ name: 'blocked_requests', help: 'Requests that wait for media that is not there yet.' })

/** Requests that wait for what a presentation will have in a moment. They are limited here alone, and end when the process is asked to stop. */
export class BlockedRequests {
  readonly #draining: AbortSignal | undefined
  /** One signal for all would have to search among its listeners for each that leaves. */
  readonly #waiting = new Set<AbortController>()

  constructor(draining: AbortSignal | undefined) {
    this.#draining = draining
    draining?.addEventListener('abort', () => {
      for (const waiting of this.#waiting) waiting.abort()
    })
  }

  /** Resolves once `isMet`, at the end of the stream, after `withinMs`, or at once while the process stops. */
  async until(presentation: Presentation, isMet: () => boolean, withinMs: number): Promise<void> {
    if (isMet() || presentation.hasEnded || this.#draining?.aborted) return
    const waiting = new AbortController()
    const timer = setTimeout(() => waiting.abort(), withinMs)
    this.#waiting.add(waiting)
    blocked.inc()
    await presentation.until(isMet, waiting.signal)
    blocked.dec()
    this.#waiting.delete(waiting)
    clearTimeout(timer)
  }
}
