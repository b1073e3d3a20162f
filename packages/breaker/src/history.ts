export type BreakerState = 'closed' | 'open'

export interface Transition {
  at: string
  to: BreakerState
  reason: string
  /** Whose breaker it was: the histories of replicas are shown together. */
  process: string
}

/** Transitions of a breaker that are kept. */
export const KEPT_TRANSITIONS = 20

/** The last 20 transitions of a breaker, oldest first. */
export class History {
  readonly #process: string
  readonly #transitions: Transition[]

  constructor(process: string, earlier: readonly Transition[] = []) {
    this.#process = process
    this.#transitions = earlier.slice(-KEPT_TRANSITIONS)
  }

  add(to: BreakerState, reason: string): Transition {
    const transition = { at: new Date().toISOString(), to, reason, process: this.#process }
    this.#transitions.push(transition)
    if (this.#transitions.length > KEPT_TRANSITIONS) this.#transitions.shift()
    return transition
  }

  toJSON(): Transition[] {
    return [...this.#transitions]
  }
}
