import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import type { SecureContextOptions } from 'node:tls'
import { type Message, TargetUnavailableError } from '@livepods/messages'
import type { Outcome, Protocol } from './target.ts'

export interface PlainProtocolOptions {
  url: URL
  token: { headers: { authorization?: string } }
  tls?: { options: SecureContextOptions } | undefined
}

/** So many requests at once. */
const CONNECTIONS = 16
const ANSWER_WITHIN_MS = 15_000
const VERDICTS = [400, 413, 415, 422]

/** The body of each message in a request of its own, to any HTTP server: at least once, and in any order. */
export class PlainProtocol implements Protocol {
  readonly #options: PlainProtocolOptions
  readonly #agent: HttpAgent
  /** Of a batch that is sent again after others of it failed. */
  readonly #taken = new WeakMap<Message, Outcome>()

  constructor(options: PlainProtocolOptions) {
    this.#options = options
    const Agent = options.url.protocol === 'https:' ? HttpsAgent : HttpAgent
    this.#agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  }

  async send(messages: readonly Message[]): Promise<Outcome[]> {
    const outcomes = await Promise.allSettled(messages.map((message) => this.#sendOnce(message)))
    return outcomes.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value
    })
  }

  async #sendOnce(message: Message): Promise<Outcome> {
    const { content } = message
    const known = this.#taken.get(message)
    if (known) return known
    // There is no stream that would wait for it.
    if (typeof content === 'object' && !Buffer.isBuffer(content)) return { result: 'taken' }
    const outcome = await this.#post(message, Buffer.from(content))
    this.#taken.set(message, outcome)
    return outcome
  }

  async #post({ requestId, traceparent }: Message, body: Buffer): Promise<Outcome> {
    const { url, token, tls } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const request = send(url, {
      ...tls?.options,
      method: 'POST',
      agent: this.#agent,
      headers: {
        ...token.headers,
        ...(requestId !== undefined && { 'x-request-id': requestId }),
        ...(traceparent !== undefined && { traceparent }),
        'content-type': 'text/plain',
        'content-length': body.length,
      },
    })
    const failed = (cause: Error) =>
      reject(new TargetUnavailableError(`${url.host} does not answer: ${cause.message}`, { cause }))
    request.setTimeout(ANSWER_WITHIN_MS, () => request.destroy(new Error('no answer in time')))
    request.once('response', resolve).on('error', failed)
    request.end(body)
    const response = await promise
    const { statusCode: status = 0 } = response
    const answer = await text(response).catch((cause: unknown) => {
      throw new TargetUnavailableError('The answer was cut.', { status, cause })
    })
    if (status >= 200 && status < 300) return { result: 'taken', text: answer }
    if (VERDICTS.includes(status)) return { result: 'refused', status, detail: answer.slice(0, 200) }
    const seconds = Number(response.headers['retry-after'])
    throw new TargetUnavailableError(`${url.host} answered ${status}.`, {
      status,
      ...(seconds > 0 && { retryAfterMs: seconds * 1000 }),
    })
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}
