import { PassThrough, type Readable } from 'node:stream'
import type { AccessToken } from '@livepods/access'
import { Problem } from '@livepods/http'
import { Agent, request } from 'undici'

export interface Sent {
  body: Readable
  contentType: string
  contentLength: string | undefined
  requestId: string
  signal: AbortSignal
}

export interface Answer {
  status: number
  location: string | undefined
  /** JSON. */
  text: string
}

const CONNECT_WITHIN_MS = 3000
const RECEIVE_WITHIN_MS = 5 * 60_000
const LONGEST_ANSWER = 1024 * 1024

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

  /** What the receiver answers, good or not. Rejects with Problem 503 when it does not. */
  async send({ body, contentType, contentLength, requestId, signal }: Sent): Promise<Answer> {
    try {
      const answer = await request(this.#url, {
        method: 'POST',
        body: untied(body),
        headers: {
          'content-type': contentType,
          'x-request-id': requestId,
          ...this.#token?.headers,
          ...(contentLength && { 'content-length': contentLength }),
        },
        dispatcher: this.#agent,
        signal,
      })
      const { statusCode: status, headers } = answer
      const location = typeof headers.location === 'string' ? headers.location : undefined
      return { status, location, text: await limited(answer.body) }
    } catch (error) {
      throw new Problem(503, 'The receiver of photos does not answer. Nothing was stored; send the photo again.', {
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

async function limited(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > LONGEST_ANSWER) throw new Error('The answer is longer than 1 MB.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
