import { Problem } from '@livepods/http'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** At most `size` large requests at once; one more is sent away with 503 before its body is read. */
export class Room {
  readonly #size: number
  readonly #what: string
  #inside = 0

  /** @param what those requests bring, in the plural. */
  constructor(size: number, what = 'batches') {
    this.#size = size
    this.#what = what
  }

  /** An `onRequest` hook. */
  readonly enter = async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (this.#inside >= this.#size) {
      throw new Problem(503, `${this.#size} ${this.#what} are being accepted already. Send it again in a second.`, {
        headers: { 'retry-after': '1' },
      })
    }
    this.#inside++
    reply.raw.once('close', () => this.#inside--)
  }
}
