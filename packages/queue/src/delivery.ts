import type { Message } from 'nsqjs'

/** One delivery of a message: answered once, and kept from timing out until then. */
export class Delivery {
  readonly id: string
  /** How often nsqd has delivered this message, this time included. */
  readonly attempts: number
  readonly body: Buffer
  readonly #message: Message
  readonly #touching: NodeJS.Timeout
  #answered = false

  constructor(message: Message, { touchEveryMs }: { touchEveryMs: number }) {
    this.id = message.id
    this.attempts = message.attempts
    this.body = message.body
    this.#message = message
    this.#touching = setInterval(() => message.touch(), touchEveryMs)
  }

  finish(): void {
    this.#answer(() => this.#message.finish())
  }

  /** Back into the queue after `delayMs`, without the pause that nsqjs would add for the whole reader. */
  requeue(delayMs: number): void {
    this.#answer(() => this.#message.requeue(Math.round(delayMs), false))
  }

  #answer(answer: () => void): void {
    if (this.#answered) return
    this.#answered = true
    clearInterval(this.#touching)
    answer()
  }
}
