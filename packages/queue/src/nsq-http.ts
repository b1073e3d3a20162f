import { Agent } from 'undici'

/** nsqd or nsqlookupd did not do what was asked: `status` is what it answered, absent when no answer came in time. */
export class NsqHttpError extends Error {
  override readonly name = 'NsqHttpError'
  readonly code = 'NSQ_HTTP_FAILED'
  readonly status: number | undefined

  constructor(message: string, { status, cause }: { status?: number; cause?: unknown }) {
    super(message, { cause })
    this.status = status
  }
}

/** A client of the HTTP ports of nsqd and nsqlookupd: kept-alive connections, and a deadline for every request. */
export class NsqHttp implements AsyncDisposable {
  readonly #agent = new Agent({ connections: 16, connect: { timeout: 1000 } })
  readonly #deadlineMs: number

  constructor({ deadlineMs }: { deadlineMs: number }) {
    this.#deadlineMs = deadlineMs
  }

  /** The JSON that `url` answers. Rejects with NsqHttpError. */
  async get(url: string): Promise<unknown> {
    const text = await this.#request('GET', url)
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw new NsqHttpError(`${url} did not answer with JSON.`, { status: 200, cause })
    }
  }

  /** Resolves when `url` answers at all well. Rejects with NsqHttpError. */
  async check(url: string): Promise<void> {
    await this.#request('GET', url)
  }

  /** Rejects with NsqHttpError; without a `status` in it the request may have been carried out. */
  async post(url: string, body: Buffer): Promise<void> {
    await this.#request('POST', url, body)
  }

  async #request(method: 'GET' | 'POST', url: string, body?: Buffer): Promise<string> {
    const { origin, pathname, search } = new URL(url)
    const signal = AbortSignal.timeout(this.#deadlineMs)
    try {
      const answer = await this.#agent.request({ origin, path: pathname + search, method, body: body ?? null, signal })
      const text = await answer.body.text()
      if (answer.statusCode === 200) return text
      throw new NsqHttpError(`${method} ${url}: ${answer.statusCode} ${text.slice(0, 200)}`, {
        status: answer.statusCode,
      })
    } catch (cause) {
      if (cause instanceof NsqHttpError) throw cause
      const reason = signal.aborted ? `no answer within ${this.#deadlineMs} ms` : (cause as Error).message
      throw new NsqHttpError(`${method} ${url}: ${reason}`, { cause })
    }
  }

  /** Lets requests under way finish. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close()
  }
}
