import { type Message, MessagesClient, type MessagesClientOptions } from '@livepods/messages'
import type { Outcome, Protocol } from './target.ts'

/** Batches of numbered messages: each is taken once, and in order. */
export class LivepodsProtocol implements Protocol {
  readonly #client: MessagesClient

  constructor(options: MessagesClientOptions) {
    this.#client = new MessagesClient(options)
  }

  async send(messages: readonly Message[]): Promise<Outcome[]> {
    const results = await this.#client.send(messages)
    // What the original sink answers: it logs the address of the relay.
    const text = `Logged message from ${this.#client.localAddress ?? 'the relay'}`
    return results.map((result) => ({ ...result, text }))
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]()
  }
}
