import { type Breaker, KEPT_TRANSITIONS, type Transition } from '@livepods/breaker'
import { type Log, PeriodicTask } from '@livepods/service'
import type { Database } from '@livepods/sql'

/** Of the column. */
const MAX_REASON = 512
const EVERY_MS = 10_000

/**
 * Openings and closings of a breaker beyond the life of a process (table `breaker_transitions`). While the database does not answer they
 * wait here.
 */
export class TransitionStore implements AsyncDisposable {
  readonly #database: Database
  readonly #breaker: string
  readonly #task: PeriodicTask
  #unsaved: Transition[] = []

  constructor(database: Database, { breaker, log }: { breaker: string; log: Log }) {
    this.#database = database
    this.#breaker = breaker
    this.#task = new PeriodicTask(() => this.#save(), {
      everyMs: EVERY_MS,
      onFailure: (error) => log.warn({ reason: (error as Error).message }, 'history of the breaker not saved'),
    })
  }

  /** The newest of all replicas, oldest first. */
  async newest(): Promise<Transition[]> {
    const rows = await this.#database.rows<Omit<Transition, 'at'> & { at: Date }>(
      `SELECT at, state AS \`to\`, reason, process FROM breaker_transitions WHERE breaker = ?
         ORDER BY at DESC, id DESC LIMIT ${KEPT_TRANSITIONS}`,
      [this.#breaker],
    )
    return rows.map((row) => ({ ...row, at: row.at.toISOString() })).reverse()
  }

  /** Saves those that follow, in their order. */
  follow(breaker: Pick<Breaker<never, unknown>, 'on'>): void {
    breaker.on('transition', (transition) => {
      this.#unsaved = [...this.#unsaved, transition].slice(-KEPT_TRANSITIONS)
      this.#task.runNow()
    })
    this.#task.start()
  }

  async #save(): Promise<void> {
    const saved = this.#unsaved
    if (saved.length === 0) return
    const rows = saved.map(({ at, to, reason, process }) => [
      ...[this.#breaker, new Date(at), to],
      ...[reason.slice(0, MAX_REASON), process],
    ])
    await this.#database.change('INSERT INTO breaker_transitions (breaker, at, state, reason, process) VALUES ?', [
      rows,
    ])
    this.#unsaved = this.#unsaved.filter((transition) => !saved.includes(transition))
    await this.#database.change(
      `DELETE FROM breaker_transitions WHERE breaker = ? AND at < (SELECT at FROM (SELECT at FROM breaker_transitions
        WHERE breaker = ? ORDER BY at DESC LIMIT 1 OFFSET ${KEPT_TRANSITIONS - 1}) oldest)`,
      [this.#breaker, this.#breaker],
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task.stop()
    // What came while it ended; the log has it in any case.
    await this.#save().catch(() => {})
  }
}
