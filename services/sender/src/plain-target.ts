import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { type Message, TargetUnavailableError } from '@livepods/messages'
import type { LivepodsTargetOptions } from './livepods-target.ts'
import type { Answer, Target } from './target.ts'

/** Of an answer so much is read and shown. */
const REPLY_BYTES = 4096
/** Verdicts on the message: to repeat it changes nothing. */
const VERDICTS = [400, 413, 415, 422]

/**
 * Any HTTP server: a text/plain POST for each message, one after the other on one connection. At least once: a server that does not know
 * Idempotency-Key gets a message twice when its answer is lost.
 */
export class PlainTarget implements Target {
  readonly batchSize = 100
  readonly address: string
  readonly #options: LivepodsTargetOptions
  readonly #agent: HttpAgent

  constructor(options: LivepodsTargetOptions) {
    const { url } = options
    this.address = url.origin + url.pathname
    this.#options = options
    this.#agent = new (url.protocol === 'https:' ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 1 })
  }

  async send(messages: readonly Message[]): Promise<Answer[]> {
    const answers: Answer[] = []
    for (const message of messages) {
      try {
        answers.push(await this.#sendOne(message))
      } catch (error) {
        // What was delivered counts; the next call begins with this message.
        if (answers.length === 0) throw error
        break
      }
    }
    return answers
  }

  async #sendOne(message: Message): Promise<Answer> {
    const { host } = this.#options.url
    const { response, reply } = await this.#post(message).catch((cause: Error) => {
      throw new TargetUnavailableError(`${host} does not answer: ${cause.message}`, { cause })
    })
    const { statusCode: status = 0 } = response
    if (status >= 200 && status < 300) return { result: { result: 'taken' }, reply }
    if (VERDICTS.includes(status)) return { result: { result: 'refused', status, detail: reply }, reply }
    const retryAfterMs = retryAfterOf(response)
    throw new TargetUnavailableError(`${host} answered ${status}.`, {
      status,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
  }

  async #post({ stream, seq, content, requestId, traceparent }: Message) {
    const { url, token, answerWithinMs } = this.#options
    const body = Buffer.from(content as string)
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    send(url, {
      method: 'POST',
      agent: this.#agent,
      signal: AbortSignal.timeout(answerWithinMs),
      headers: {
        ...token.headers,
        'content-type': 'text/plain',
        'content-length': body.length,
        'idempotency-key': `${stream}/${seq}`,
        ...(requestId && { 'x-request-id': requestId }),
        ...(traceparent && { traceparent }),
      },
    })
      .once('response', resolve)
      .on('error', reject)
      .end(body)
    const response = await promise
    return { response, reply: await replyOf(response) }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

async function replyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (bytes < REPLY_BYTES) chunks.push(chunk)
    bytes += chunk.length
  }
  return Buffer.concat(chunks).toString('utf8', 0, REPLY_BYTES).trim()
}

/** Seconds, or a date: both are allowed (RFC 9110, 10.2.3). */
function retryAfterOf({ headers }: IncomingMessage): number | undefined {
  const { 'retry-after': value = '' } = headers
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return ms > 0 ? ms : undefined
}
