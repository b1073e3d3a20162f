import { setTimeout as sleep } from 'node:timers/promises'
import { FINAL } from '@livepods/photo'
import { Database, type DatabaseOptions } from '@livepods/sql'
import type { Driven } from '../../drive.ts'
import { type Latencies, latenciesOf } from '../../statistics.ts'
import { drivePosts, type Posts } from './posts.ts'

/** What the posts took, and the times from the 202 to the final state. */
export interface Finals extends Driven {
  final: Latencies
}

const FINAL_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 2

/** Single posts, watched until their photos are final; with `oneByOne` a lane posts its next photo when its last one is. */
export async function driveFinals({
  database: options,
  oneByOne,
  ...posts
}: { database: DatabaseOptions; oneByOne?: boolean } & Posts): Promise<Finals> {
  await using database = new Database({ ...options, connections: 1 })
  const times = new FinalTimes(database)
  const driven = await drivePosts(posts, ({ body }) => {
    const final = times.accepted((JSON.parse(body.toString()) as { id: string }).id)
    return oneByOne ? final : undefined
  })
  await times.all()
  return { ...driven, final: latenciesOf(times.latenciesMs) }
}

/**
 * Milliseconds from the 202 of each photo until another connection sees its final state committed. Asked every 2 ms, so that much and
 * the time of a query are in it; the database's own times would leave the commit out.
 */
class FinalTimes {
  readonly latenciesMs: number[] = []
  readonly #database: Database
  readonly #waiting = new Map<string, { since: number; isFinal: () => void }>()
  #ended = false
  readonly #watching: Promise<void>

  constructor(database: Database) {
    this.#database = database
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
      await sleep(LOOK_EVERY_MS)
    }
  }
}
