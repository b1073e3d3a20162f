import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { readText } from '@livepods/service'
import type { ClusterAccess } from './access.ts'
import { ClusterError } from './errors.ts'

export interface ClusterRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With its query. */
  path: string
  body?: unknown
  /** Of the body; application/json unless given. */
  type?: string
}

const ANSWER_WITHIN_MS = 30_000
/** A page of 50 objects, each as large as etcd takes them. */
const MAX_BYTES = 96 * 1024 * 1024
const MAX_LINE_BYTES = 8 * 1024 * 1024

/** HTTP with the API server. All that rejects does so with ClusterError. */
export class Connection implements Disposable {
  readonly namespace: string
  readonly #access: ClusterAccess
  readonly #agent: HttpAgent
  /** What to add to the monotonic clock for the server's time. */
  #clockOffsetMs = Date.now() - performance.now()

  constructor(access: ClusterAccess) {
    this.namespace = access.namespace
    this.#access = access
    const { ca, cert, key, serverName } = access
    const tls = {
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
      ...(serverName && { servername: serverName }),
    }
    this.#agent =
      access.url.protocol === 'https:'
        ? new HttpsAgent({ keepAlive: true, ...tls })
        : new HttpAgent({ keepAlive: true })
  }

  /** The API server's time, which all replicas share: the clock of this machine may jump. */
  now(): Date {
    return new Date(performance.now() + this.#clockOffsetMs)
  }

  /** What the server answered, as JSON. */
  async request<T = unknown>(request: ClusterRequest): Promise<T> {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const response = await this.#send(request, signal)
    try {
      const tooLong = () => new ClusterError(0, `An answer has more than ${MAX_BYTES} bytes.`)
      const text = await readText(response, { maxBytes: MAX_BYTES, tooLong })
      const { statusCode: status = 0 } = response
      if (status < 200 || status > 299) throw refusal(status, text)
      return JSON.parse(text) as T
    } catch (cause) {
      if (cause instanceof ClusterError) throw cause
      throw new ClusterError(0, `The API server's answer cannot be read: ${(cause as Error).message}`, { cause })
    }
  }

  /** The lines of an answer without an end. What is left when the connection is cut is no line. */
  async *lines(path: string, signal: AbortSignal): AsyncGenerator<string> {
    const response = await this.#send({ path }, signal)
    const { statusCode: status = 0 } = response
    if (status !== 200) {
      const tooLong = () => new ClusterError(status, `The API server answered ${status}.`)
      throw refusal(status, await readText(response, { maxBytes: 64 * 1024, tooLong }))
    }
    let rest: Buffer[] = []
    let length = 0
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        let start = 0
        for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
          yield Buffer.concat([...rest, chunk.subarray(start, end)]).toString('utf8')
          rest = []
          length = 0
          start = end + 1
        }
        rest.push(chunk.subarray(start))
        length += chunk.length - start
        if (length > MAX_LINE_BYTES) throw new ClusterError(0, `A line has more than ${MAX_LINE_BYTES} bytes.`)
      }
    } catch (cause) {
      if (cause instanceof ClusterError) throw cause
      throw new ClusterError(0, `The connection to the API server was cut: ${(cause as Error).message}`, { cause })
    }
  }

  async #send({ method = 'GET', path, body, type }: ClusterRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { url, token } = this.#access
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    try {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const send = url.protocol === 'https:' ? requestHttps : requestHttp
      send(new URL(path, url), {
        method,
        signal,
        agent: this.#agent,
        headers: {
          accept: 'application/json',
          'user-agent': 'livepods-image-watcher',
          ...(token && { authorization: `Bearer ${await token()}` }),
          ...(text !== undefined && {
            'content-type': type ?? 'application/json',
            'content-length': Buffer.byteLength(text),
          }),
        },
      })
        .once('response', resolve)
        .on('error', reject)
        .end(text)
      const response = await promise
      const date = Date.parse(response.headers.date ?? '')
      if (!Number.isNaN(date)) this.#clockOffsetMs = date - performance.now()
      return response
    } catch (cause) {
      throw new ClusterError(0, `The API server does not answer: ${(cause as Error).message}`, { cause })
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

/** The server's own sentence where there is one. */
function refusal(status: number, text: string): ClusterError {
  let message: unknown
  try {
    message = (JSON.parse(text) as { message?: unknown }).message
  } catch {
    // Something in front of the API server answered.
  }
  return new ClusterError(
    status,
    typeof message === 'string' ? message.slice(0, 1000) : `The API server answered ${status}.`,
  )
}
