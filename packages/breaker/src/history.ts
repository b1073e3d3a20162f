export type BreakerState = 'closed' | 'open'

export interface Transition {
  at: string
  to: BreakerState
  reason: string
}

/** Transitions of a breaker that are kept. */
export const KEPT_TRANSITIONS = 20

/** The last 20 transitions of a breaker, oldest first. */
export class History {
  readonly #transitions: Transition[]

  constructor(earlier: readonly Transition[] = []) {
    this.#transitions = earlier.slice(-KEPT_TRANSITIONS)
  }

  add(to: BreakerState, reason: string): Transition {
    const transition = { at: new Date().toISOString(), to, reason }
    this.#transitions.push(transition)
    if (this.#transitions.length > KEPT_TRANSITIONS) this.#transitions.shift()
    return transition
  }

  toJSON(): Transition[] {
    return [...this.#transitions]
  }
}
