import { ANSWER_SOON_MS } from './limits.ts'
import type { Target } from './target.ts'

/** What the sink says of messages whose senders wait for it. */
export class Answers {
  readonly #target: Pick<Target, 'isFailing'>
  readonly #waiting = new Map<number, (text: string | undefined) => void>()

  constructor(target: Pick<Target, 'isFailing'>) {
    this.#target = target
  }

  /** The sink's text for this message of the spool; undefined when it has not said it soon. */
  async of(number: number): Promise<string | undefined> {
    if (this.#target.isFailing) return undefined
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    const timer = setTimeout(() => resolve(undefined), ANSWER_SOON_MS)
    this.#waiting.set(number, resolve)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(number)
    }
  }

  give(number: number, text: string | undefined): void {
    this.#waiting.get(number)?.(text)
  }
}
