import { setTimeout as sleep } from 'node:timers/promises'
import { FINAL } from '@livepods/photo'
import type { Database } from '@livepods/sql'

const FINAL_WITHIN_MS = 60_000

/**
 * Milliseconds from the 202 of each photo until another connection sees its final state committed. Asked every `everyMs`, so that much
 * and the time of a query are in it; the database's own times would leave the commit out.
 */
export class FinalTimes {
  readonly latenciesMs: number[] = []
  readonly #database: Database
  readonly #everyMs: number
  readonly #waiting = new Map<string, { since: number; isFinal: () => void }>()
  #ended = false
  readonly #watching: Promise<void>

  constructor(database: Database, { everyMs = 2 } = {}) {
    this.#database = database
    this.#everyMs = everyMs
    this.#watching = this.#watch()
    // What it rejects with is said by `all`.
    this.#watching.catch(() => {})
  }

  /** Call it when the 202 is there; resolves when the photo is final. */
  async accepted(id: string): Promise<void> {
    const { promise, resolve: isFinal } = Promise.withResolvers<void>()
    this.#waiting.set(id, { since: performance.now(), isFinal })
    await promise
  }

  /** Resolves when every photo is final; no more may be added. Rejects after a minute, or when the database does not answer. */
  async all(): Promise<void> {
    this.#ended = true
    await this.#watching
  }

  async #watch(): Promise<void> {
    let seenAt = performance.now()
    while (!this.#ended || this.#waiting.size > 0) {
      if (this.#waiting.size > 0) {
        const ids = [...this.#waiting.keys()]
        const final = await this.#database.rows<{ id: string }>(`SELECT id FROM images WHERE id IN (?) AND ${FINAL}`, [
          ids,
        ])
        const now = performance.now()
        if (final.length > 0 || !this.#ended) seenAt = now
        for (const { id } of final) {
          const waiting = this.#waiting.get(id)
          this.#waiting.delete(id)
          this.latenciesMs.push(now - (waiting?.since ?? now))
          waiting?.isFinal()
        }
        if (now - seenAt > FINAL_WITHIN_MS)
          throw new Error(`${this.#waiting.size} photos do not become final, ${ids[0]} for one.`)
      }
      await sleep(this.#everyMs)
    }
  }
}
