export type BreakerState = 'closed' | 'open'

export interface Transition {
  at: string
  to: BreakerState
  reason: string
}

const KEPT = 20

/** The last 20 transitions of a breaker, oldest first. */
export class History {
  readonly #transitions: Transition[] = []

  add(to: BreakerState, reason: string): void {
    this.#transitions.push({ at: new Date().toISOString(), to, reason })
    if (this.#transitions.length > KEPT) this.#transitions.shift()
  }

  toJSON(): Transition[] {
    return [...this.#transitions]
  }
}
