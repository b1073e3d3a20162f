import { setTimeout as sleep } from 'node:timers/promises'
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
  readonly #acceptedAt = new Map<string, number>()
  #ended = false
  readonly #watching: Promise<void>

  constructor(database: Database, { everyMs = 2 } = {}) {
    this.#database = database
    this.#everyMs = everyMs
    this.#watching = this.#watch()
    // What it rejects with is said by `all`.
    this.#watching.catch(() => {})
  }

  /** Call it when the 202 is there. */
  accepted(id: string): void {
    this.#acceptedAt.set(id, performance.now())
  }

  /** Resolves when every photo is final; no more may be added. Rejects after a minute, or when the database does not answer. */
  async all(): Promise<void> {
    this.#ended = true
    await this.#watching
  }

  async #watch(): Promise<void> {
    let seenAt = performance.now()
    while (!this.#ended || this.#acceptedAt.size > 0) {
      if (this.#acceptedAt.size > 0) {
        const ids = [...this.#acceptedAt.keys()]
        const final = await this.#database.rows<{ id: string }>(
          'SELECT id FROM images WHERE id IN (?) AND due_at IS NULL AND outcome IS NOT NULL',
          [ids],
        )
        const now = performance.now()
        if (final.length > 0 || !this.#ended) seenAt = now
        for (const { id } of final) {
          this.latenciesMs.push(now - (this.#acceptedAt.get(id) as number))
          this.#acceptedAt.delete(id)
        }
        if (now - seenAt > FINAL_WITHIN_MS)
          throw new Error(`${this.#acceptedAt.size} photos do not become final, ${ids[0]} for one.`)
      }
      await sleep(this.#everyMs)
    }
  }
}
