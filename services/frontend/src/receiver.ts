import { PassThrough, type Readable } from 'node:stream'
import type { AccessToken } from '@livepods/access'
import { ProblemError } from '@livepods/http'
import { readText } from '@livepods/service'
import { Agent, request } from 'undici'

export interface Sent {
  body: Readable
  contentType: string
  contentLength: string | undefined
  requestId: string
  /** The address of who sends it, so that the receiver knows its clients apart (where it trusts this server: TRUST_PROXY). */
  from: string
  signal: AbortSignal
}

export interface Answer {
  status: number
  /** Those of PASSED that came. */
  headers: Record<string, string>
  /** JSON; ProblemError instead of what is none. */
  text: string
}

const PASSED = ['location', 'retry-after', 'www-authenticate']

const CONNECT_WITHIN_MS = 3000
const RECEIVE_WITHIN_MS = 5 * 60_000
const ANSWER_LIMIT = { maxBytes: 1024 * 1024, tooLong: () => new Error('The answer is longer than 1 MB.') }

/** The receiver, which takes photos: their bytes go through without being kept here. */
export class Receiver implements AsyncDisposable {
  readonly #url: string
  readonly #token: Pick<AccessToken, 'headers'> | undefined
  readonly #agent = new Agent({
    connect: { timeout: CONNECT_WITHIN_MS },
    headersTimeout: RECEIVE_WITHIN_MS,
    bodyTimeout: 10_000,
  })

  /** @param url http://host:port; `token` for a receiver that asks for one. */
  constructor(url: string, { token }: { token?: Pick<AccessToken, 'headers'> } = {}) {
    this.#url = new URL('/v1/images', url).href
    this.#token = token
  }

  /** What the receiver answers, good or not. Rejects with ProblemError: 503 when it does not answer, 400 when the client left. */
  async send({ body, contentType, contentLength, requestId, from, signal }: Sent): Promise<Answer> {
    try {
      const answer = await request(this.#url, {
        method: 'POST',
        body: untied(body),
        headers: {
          ...(contentType && { 'content-type': contentType }),
          'x-request-id': requestId,
          'x-forwarded-for': from,
          ...this.#token?.headers,
          ...(contentLength && { 'content-length': contentLength }),
        },
        dispatcher: this.#agent,
        signal,
      })
      const { statusCode: status, headers } = answer
      const text = await readText(answer.body, ANSWER_LIMIT)
      return checked({ status, headers: passed(headers), text })
    } catch (error) {
      if (error instanceof ProblemError) throw error
      if (signal.aborted || (body.destroyed && !body.readableEnded))
        throw new ProblemError(400, 'The photo ended too early; nothing of it was stored. Send it again.', {
          cause: error,
        })
      throw new ProblemError(503, 'The receiver of photos does not answer. Nothing was stored; send the photo again.', {
        cause: error,
        headers: { 'retry-after': '5' },
      })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }
}

/** The same bytes in a stream of its own: when that is destroyed, the connection to the client is not, and its answer gets there. */
function untied(body: Readable): Readable {
  const own = new PassThrough()
  body.once('close', () => {
    if (!body.readableEnded) own.destroy(new Error('The client is gone.'))
  })
  body.on('error', () => {})
  own.on('error', () => {})
  // The rest is read and forgotten. Unpiped first: a pipe that ends later would pause it again.
  own.once('close', () => {
    body.unpipe(own)
    body.resume()
  })
  return body.pipe(own)
}

function passed(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(PASSED.flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : [])))
}

/** Something else than the receiver may answer, a proxy in front of it for instance. */
function checked(answer: Answer): Answer {
  try {
    JSON.parse(answer.text)
    return answer
  } catch (error) {
    const { status, headers } = answer
    if (status < 400) throw error
    const sentence = `${status}${status >= 500 ? '' : ': the photo was not taken'}`
    throw new ProblemError(status, `The receiver of photos answered ${sentence}.`, { cause: error, headers })
  }
}
