import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import type { SecureContextOptions } from 'node:tls'
import { formatMessage, type Message } from './message.ts'
import { formatRelayHeader, RELAY_HEADER, type RelayState } from './relay-header.ts'
import { parseResults, type Result } from './result.ts'

export interface MessagesClientOptions {
  /** Of the server: http://host:port */
  url: string
  /** Sent with every request, as it is at that moment: AccessToken of packages/access. */
  token?: { headers: { authorization?: string } }
  /** Certificates, as they are at that moment: TlsFiles of packages/tls; absent: servers of well-known authorities. */
  tls?: { options: SecureContextOptions } | undefined
  /** Of a relay. */
  relay?: () => RelayState
  /** Milliseconds for an answer. */
  answerWithinMs?: number
}

/** The target did not answer, or not with results: try again later. */
export class TargetUnavailableError extends Error {
  override readonly name = 'TargetUnavailableError'
  readonly code = 'TARGET_UNAVAILABLE'
  /** What it answered; absent: nothing. */
  readonly status: number | undefined
  /** What it asked for. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, options: { status?: number; retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
  }
}

/** A verdict on what was sent: 400, 413, 415 or 422. Of several messages it is about one of them: send halves. */
export class BatchRefusedError extends Error {
  override readonly name = 'BatchRefusedError'
  readonly code = 'BATCH_REFUSED'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const VERDICTS = [400, 413, 415, 422]

/** Sends batches of messages to a relay or sink over connections that are kept. */
export class MessagesClient implements Disposable {
  readonly #options: MessagesClientOptions
  readonly #url: URL
  readonly #agent: HttpAgent
  #localAddress: string | undefined

  constructor(options: MessagesClientOptions) {
    this.#options = options
    this.#url = new URL('/v1/messages/batch', options.url)
    const isEncrypted = this.#url.protocol === 'https:'
    this.#agent = isEncrypted ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  }

  /** Which address of ours the server sees, after the first answer. */
  get localAddress(): string | undefined {
    return this.#localAddress
  }

  /** A result for each of the messages, in their order. Rejects with TargetUnavailableError or BatchRefusedError. */
  async send(messages: readonly Message[]): Promise<Result[]> {
    const response = await this.#post(Buffer.from(messages.map((message) => `${formatMessage(message)}\n`).join('')))
    const { statusCode: status = 0 } = response
    this.#localAddress = response.socket.localAddress ?? this.#localAddress
    const answer = await text(response).catch((cause: unknown) => {
      throw new TargetUnavailableError('The answer was cut.', { status, cause })
    })
    if (VERDICTS.includes(status)) throw new BatchRefusedError(status, detailOf(answer))
    if (status !== 200)
      throw new TargetUnavailableError(`${this.#url.host} answered ${status}: ${detailOf(answer)}`, {
        status,
        ...retryAfter(response),
      })
    try {
      return parseResults(answer, messages.length)
    } catch (cause) {
      throw new TargetUnavailableError(`${this.#url.host} speaks another protocol.`, { status, cause })
    }
  }

  async #post(body: Buffer): Promise<IncomingMessage> {
    const { token, tls, relay, answerWithinMs = 15_000 } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const send = this.#url.protocol === 'https:' ? requestHttps : requestHttp
    const request = send(this.#url, {
      // A connection that is kept is used again only with the same certificates.
      ...tls?.options,
      method: 'POST',
      agent: this.#agent,
      signal: AbortSignal.timeout(answerWithinMs),
      headers: {
        ...token?.headers,
        ...(relay && { [RELAY_HEADER]: formatRelayHeader(relay()) }),
        'content-type': 'application/x-ndjson',
        'content-length': body.length,
      },
    })
    request.once('response', resolve).on('error', (cause: NodeJS.ErrnoException) => {
      // Of a name with several addresses it has no message.
      const reason = cause.message || cause.code
      reject(new TargetUnavailableError(`${this.#url.host} does not answer: ${reason}`, { cause }))
    })
    request.end(body)
    return await promise
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

function retryAfter({ headers }: IncomingMessage): { retryAfterMs?: number } {
  const seconds = Number(headers['retry-after'])
  return seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}
}

function detailOf(answer: string): string {
  try {
    return String((JSON.parse(answer) as { detail?: string }).detail)
  } catch {
    return answer.slice(0, 200)
  }
}
