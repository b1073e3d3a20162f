import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { version } from '@livepods/service'
import { RegistryError } from './errors.ts'
import { InternalAddressError, isInternal, lookupPublic } from './internal-address.ts'

export interface Question {
  method: 'GET' | 'HEAD' | 'POST'
  url: URL
  headers?: Record<string, string>
  body?: string
  /** More of a body is not read. */
  maxBytes: number
  /** Certificates (PEM) beside those of Node. */
  ca?: string | undefined
  /** The host is one that somebody here named; another must not have an internal address. */
  isTrusted: (host: string) => boolean
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  /** Where it came from in the end. */
  url: URL
}

const REDIRECTS = 5
const REDIRECTED = [301, 302, 303, 307, 308]
const SOCKETS_PER_HOST = 8

/** HTTP with registries: bounded in time and size, and no credentials to whom they are not for. */
export class Exchange implements Disposable {
  readonly #answerWithinMs: number
  readonly #agents = new Map<string, HttpAgent>()

  constructor({ answerWithinMs = 15_000 }: { answerWithinMs?: number } = {}) {
    this.#answerWithinMs = answerWithinMs
  }

  /** Rejects with RegistryError UNAVAILABLE, or INVALID for what no registry answers. */
  async ask(question: Question): Promise<Answer> {
    const signal = AbortSignal.timeout(this.#answerWithinMs)
    const { origin } = question.url
    let { url, headers = {} } = question
    for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
      const answer = await this.#askOnce({ ...question, url, headers }, signal)
      const { location } = answer.headers
      if (!REDIRECTED.includes(answer.status) || location === undefined || question.method === 'POST') return answer
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined
      if (next?.protocol !== 'https:' && next?.protocol !== url.protocol)
        throw new RegistryError('INVALID', `${url.host} redirects to "${location.slice(0, 200)}".`)
      url = next
      // Storage behind a registry has signed URLs; whoever else it is, the token is none of their business.
      if (next.origin !== origin) headers = without(headers, 'authorization')
    }
    throw new RegistryError('INVALID', `${question.url.host} redirects more than ${REDIRECTS} times.`)
  }

  async #askOnce(question: Question, signal: AbortSignal): Promise<Answer> {
    const { url, method, maxBytes } = question
    try {
      const response = await this.#openTwice(question, signal)
      const body = method === 'HEAD' ? await skip(response) : await read(response, maxBytes)
      return { status: response.statusCode ?? 0, headers: response.headers, body, url }
    } catch (error) {
      if (error instanceof RegistryError) throw error
      if (error instanceof InternalAddressError) throw new RegistryError('INVALID', error.message, { cause: error })
      const { message } = error as Error
      const reason = signal.aborted ? `no answer within ${this.#answerWithinMs} ms` : message
      throw new RegistryError('UNAVAILABLE', `${url.host} does not answer: ${reason}`, { cause: error })
    }
  }

  /** A connection that was kept may be closed by the other side in the very moment in which it is used again. */
  async #openTwice(question: Question, signal: AbortSignal): Promise<IncomingMessage> {
    try {
      return await this.#open(question, signal)
    } catch (error) {
      if (question.method === 'POST' || !(error instanceof StaleConnectionError)) throw error
      return await this.#open(question, signal)
    }
  }

  async #open({ url, method, headers, body, ca, isTrusted }: Question, signal: AbortSignal): Promise<IncomingMessage> {
    const trusted = isTrusted(url.host)
    const address = url.hostname.replace(/^\[|\]$/g, '')
    // A literal address is never looked up.
    if (!trusted && isIP(address) && isInternal(address)) throw new InternalAddressError(url.host)
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const request = send(url, {
      method,
      signal,
      agent: this.#agent(url.protocol, trusted),
      ...(ca !== undefined && { ca }),
      headers: {
        'user-agent': `livepods-image-watcher/${version}`,
        ...headers,
        ...(body !== undefined && { 'content-length': `${Buffer.byteLength(body)}` }),
      },
    })
      .once('response', resolve)
      .on('error', (error: NodeJS.ErrnoException) =>
        reject(request.reusedSocket && error.code === 'ECONNRESET' ? new StaleConnectionError(error) : error),
      )
      .end(body)
    return await promise
  }

  /** Connections that were opened without a check are not used where there has to be one. */
  #agent(protocol: string, trusted: boolean): HttpAgent {
    const key = `${protocol} ${trusted}`
    const made = this.#agents.get(key)
    if (made) return made
    const options = { keepAlive: true, maxSockets: SOCKETS_PER_HOST, ...(!trusted && { lookup: lookupPublic }) }
    const agent = protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options)
    this.#agents.set(key, agent)
    return agent
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy()
  }
}

class StaleConnectionError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause })
  }
}

async function skip(response: IncomingMessage): Promise<Buffer> {
  for await (const _ of response);
  return Buffer.alloc(0)
}

async function read(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    // Leaving the loop destroys the response, and with it the connection.
    if (length > maxBytes) throw new RegistryError('INVALID', `An answer has more than ${maxBytes} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function without(headers: Record<string, string>, left: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== left))
}
