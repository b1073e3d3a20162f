import type { History } from './history.ts'
import type { Subject } from './trial.ts'

export interface Second {
  /** Milliseconds since 1970. */
  at: number
  accepted: number
  final: number
}

const EVERY_MS = 1000

/** Polls the subject once a second, and keeps how much is done. */
export class Observer implements AsyncDisposable {
  readonly seconds: Second[] = []
  readonly #subject: Subject
  readonly #history: History
  readonly #timer: NodeJS.Timeout
  #polling: Promise<unknown> | undefined

  constructor({ subject, history }: { subject: Subject; history: History }) {
    this.#subject = subject
    this.#history = history
    this.#timer = setInterval(() => {
      this.#polling ??= this.#poll().finally(() => (this.#polling = undefined))
    }, EVERY_MS)
  }

  get last(): Second {
    return this.seconds.at(-1) ?? { at: 0, accepted: 0, final: 0 }
  }

  async #poll(): Promise<void> {
    const at = Date.now()
    // While it cannot be known, nothing becomes final.
    const final = await this.#subject.poll().catch(() => this.last.final)
    this.seconds.push({ at, accepted: this.#history.accepted, final })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#polling
  }
}
