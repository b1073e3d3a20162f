import { type Message, MessagesClient } from '@livepods/messages'
import type { Answer, Target } from './target.ts'

export interface LivepodsTargetOptions {
  url: URL
  /** Sent with every request, as it is at that moment. */
  token: { headers: { authorization?: string } }
  answerWithinMs: number
}

/** A relay or sink of ours: it knows numbers, so what is sent again is not taken twice. */
export class LivepodsTarget implements Target {
  readonly batchSize = 1000
  readonly address: string
  readonly #client: MessagesClient

  constructor({ url, token, answerWithinMs }: LivepodsTargetOptions) {
    this.address = url.origin
    this.#client = new MessagesClient({ url: url.href, token, answerWithinMs })
  }

  async send(messages: readonly Message[]): Promise<Answer[]> {
    const results = await this.#client.send(messages)
    return results.map((result) => ({ result, reply: JSON.stringify(result) }))
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]()
  }
}
