import { Agent, type IncomingMessage, request as send } from 'node:http'
import { readText } from '@livepods/service'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { PeerError } from './peer-error.ts'

export interface Address {
  host: string
  port: number
}

export interface AskOptions {
  withinMs: number
  signal?: AbortSignal | undefined
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/** Asks other replicas, who know by the secret that it is one of them. */
export class PeerClient implements Disposable {
  readonly #secret: string
  readonly #agent = new Agent({ keepAlive: true })

  constructor(secret: string) {
    this.#secret = secret
  }

  /** What the peer answers. Rejects with PeerError, or as the connection fails. */
  async ask<T>(peer: Address, path: string, body: object, schema: TSchema, options: AskOptions): Promise<T> {
    const deadline = AbortSignal.timeout(options.withinMs)
    const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline
    const answer = await this.#post(peer, path, body, signal)
    const text = await readText(answer, {
      maxBytes: MAX_ANSWER_BYTES,
      tooLong: () => new PeerError('BAD_ANSWER', 'The answer of a peer is too long.'),
    })
    const value = parse(text)
    if (!Value.Check(schema, value)) throw new PeerError('BAD_ANSWER', 'The answer of a peer cannot be read.')
    return value as T
  }

  /** The answer as it comes. Rejects as `ask` does; the answer ends with an error when the signal aborts. */
  async open(peer: Address, path: string, body: object, signal: AbortSignal): Promise<IncomingMessage> {
    return await this.#post(peer, path, body, signal)
  }

  async #post({ host, port }: Address, path: string, body: object, signal: AbortSignal): Promise<IncomingMessage> {
    const text = JSON.stringify(body)
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const headers = {
      authorization: `Bearer ${this.#secret}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    }
    const request = send({ host, port, path, method: 'POST', headers, agent: this.#agent, signal })
    request.on('response', resolve)
    request.on('error', reject)
    request.end(text)
    const answer = await promise
    if (answer.statusCode === 200) return answer
    answer.resume()
    throw new PeerError(answer.statusCode === 404 ? 'ABSENT' : 'REFUSED', `A peer answered ${answer.statusCode}.`)
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new PeerError('BAD_ANSWER', 'The answer of a peer is no JSON.', { cause: error })
  }
}
