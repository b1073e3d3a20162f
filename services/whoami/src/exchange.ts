import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { BadRequestError } from './bad-request-error.ts'
import { type Parts, paced } from './pace.ts'

export type Incoming = IncomingMessage | Http2ServerRequest
export type Outgoing = ServerResponse | Http2ServerResponse
export type Fields = Record<string, string | string[]>

/** So much of an answer Go holds back; it tells the length of an answer that is not longer, and sends others in chunks. */
const HELD_BYTES = { http1: 2048, http2: 4096 }

/** A request and its answer, the same over HTTP/1 and HTTP/2. */
export class Exchange {
  readonly request: Incoming
  readonly response: Outgoing
  readonly isHttp2: boolean
  /** As it came, one character for each byte, without the query. */
  readonly path: string
  /** The query as it came, with its question mark. */
  readonly search: string
  /** Whom the request was sent to. */
  readonly host: string
  /** What is answered in place of 200. */
  status = 200
  /** Bytes of the body that are sent in a second; undefined: as fast as the client reads. */
  bytesPerSecond: number | undefined
  /** How long a body is slowed down. */
  paceForMs = 0
  /** Sent after the body. */
  trailers: Record<string, string> = {}
  /** Whether this is the last answer on its connection. */
  isLast = false
  #query: URLSearchParams | undefined
  #gone: AbortController | undefined

  constructor(request: Incoming, response: Outgoing) {
    this.request = request
    this.response = response
    this.isHttp2 = request.httpVersionMajor === 2
    const { origin, target } = splitTarget(request.url ?? '/')
    const at = target.indexOf('?')
    this.path = at < 0 ? target : target.slice(0, at)
    this.search = at < 0 ? '' : target.slice(at)
    const { headers } = request
    this.host = origin ?? ((headers[':authority'] ?? headers.host ?? '') as string)
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.search)
    return this.#query
  }

  /** Aborts when the client has left, or has the whole answer. */
  get gone(): AbortSignal {
    if (!this.#gone) {
      const gone = new AbortController()
      this.#gone = gone
      this.response.once('close', () => gone.abort(new Error('The client left.')))
      if (this.response.closed) gone.abort(new Error('The client left.'))
    }
    return this.#gone.signal
  }

  /** How much Go holds back on such a connection. */
  get heldBytes(): number {
    return this.isHttp2 ? HELD_BYTES.http2 : HELD_BYTES.http1
  }

  /** Answers with all of the body at once, in one piece or several. Not of interest to the client: whether it has left. */
  reply(status: number, fields: Fields, body: Buffer | readonly Buffer[] = EMPTY): void {
    const parts = Buffer.isBuffer(body) ? [body] : body
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    if (this.bytesPerSecond !== undefined || this.#hasTrailers) {
      void this.stream(status, fields, parts, length).catch(() => {})
      return
    }
    const mayHaveBody = status !== 204 && status !== 304
    this.begin(status, mayHaveBody ? { ...fields, 'Content-Length': String(length) } : fields)
    const isSent = mayHaveBody && this.request.method !== 'HEAD'
    if (isSent && parts.length > 1 && this.response instanceof ServerResponse) {
      // All go in one system call.
      this.response.cork()
      for (const part of parts) this.response.write(part)
      this.response.end()
    } else this.response.end(isSent ? joined(parts) : EMPTY)
  }

  /** Answers with a text for people. */
  replyText(status: number, sentence: string, fields: Fields = {}): void {
    this.reply(status, { 'Content-Type': 'text/plain; charset=utf-8', ...fields }, Buffer.from(`${sentence}\n`))
  }

  replyJson(status: number, value: unknown, fields: Fields = {}): void {
    const body = Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`)
    this.reply(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...fields }, body)
  }

  /**
   * Answers as Go's server does: the length of a short body is told, a longer one goes out in chunks. Rejects when the client leaves, or as
   * `parts` does.
   */
  async replyAsGo(status: number, fields: Fields, parts: Parts): Promise<void> {
    const held: Buffer[] = []
    let length = 0
    const rest = iteratorOf(parts)
    let next = await rest.next()
    for (; !next.done && length + next.value.length <= this.heldBytes; next = await rest.next()) {
      held.push(next.value)
      length += next.value.length
    }
    if (next.done) return this.reply(status, fields, Buffer.concat(held))
    const first = Buffer.concat([...held, next.value])
    await this.stream(
      status,
      fields,
      (async function* () {
        yield first
        for (let part = await rest.next(); !part.done; part = await rest.next()) yield part.value
      })(),
    )
  }

  /** Answers as fast as the client reads. Rejects when it leaves, or as `parts` does. @param length of the whole body, if it is known */
  async stream(status: number, fields: Fields, parts: Parts, length?: number): Promise<void> {
    const { response } = this
    const framing = length === undefined || this.#hasTrailers ? {} : { 'Content-Length': String(length) }
    const names = this.#hasTrailers ? { Trailer: Object.keys(this.trailers).join(', ') } : {}
    this.begin(status, { ...fields, ...framing, ...names })
    const body =
      this.bytesPerSecond === undefined ? parts : paced(parts, this.bytesPerSecond, this.paceForMs, this.gone)
    try {
      if (this.request.method !== 'HEAD')
        for await (const part of body) {
          if (response.destroyed) throw new Error('The client left.')
          if (!this.write(part)) await drainOrClose(response)
        }
      if (this.#hasTrailers) response.addTrailers(this.trailers)
      response.end()
    } catch (error) {
      // A body that is cut off must not look like a whole one.
      this.cut()
      throw error
    }
  }

  /** Sends a part of the body. Returns false while the client is slower. */
  write(part: Buffer): boolean {
    const { response } = this
    return response instanceof ServerResponse ? response.write(part) : response.write(part)
  }

  /** Ends the connection (of HTTP/2: the stream) without an answer, or in the middle of it. */
  cut(): void {
    if (this.response instanceof ServerResponse) this.response.destroy()
    else this.response.stream.close(2)
  }

  /** The body of the request as text. Throws BadRequestError when it has more than `maxBytes`. */
  async text(maxBytes: number): Promise<string> {
    this.continue()
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of this.request as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes)
        throw new BadRequestError(`The body has more than ${maxBytes} bytes.`, {
          status: 413,
          fields: { Connection: 'close' },
        })
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }

  /** Tells a client that waits for it to send its body. */
  continue(): void {
    if (this.request.headers.expect !== undefined && !this.response.headersSent) this.response.writeContinue()
  }

  get #hasTrailers(): boolean {
    for (const _ in this.trailers) return true
    return false
  }

  /** Sends the head of an answer. */
  begin(status: number, fields: Fields): void {
    const { response } = this
    if (response instanceof ServerResponse) {
      if (this.isLast) fields.Connection ??= 'close'
      // Go says nothing about a connection that goes on, where that is what HTTP/1.1 does by itself.
      else if (response.shouldKeepAlive && this.request.httpVersionMinor === 1) response.removeHeader('connection')
      response.writeHead(status, fields)
    } else {
      const { Connection: _, ...rest } = fields
      response.writeHead(status, rest as Record<string, string>)
    }
  }
}

const EMPTY = Buffer.alloc(0)

function joined(parts: readonly Buffer[]): Buffer {
  const [first = EMPTY, ...others] = parts
  return others.length === 0 ? first : Buffer.concat(parts)
}

function splitTarget(url: string): { origin?: string; target: string } {
  if (url.startsWith('/') || url === '*') return { target: url }
  const [, origin, target] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(url) ?? []
  if (origin === undefined) return { target: url }
  return { origin, target: target?.startsWith('/') ? target : `/${target}` }
}

async function drainOrClose(response: Outgoing): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  response.once('drain', resolve)
  response.once('close', resolve)
  await promise
  response.off('close', resolve)
  response.off('drain', resolve)
}

function iteratorOf(parts: Parts): AsyncIterator<Buffer> {
  return (async function* () {
    yield* parts
  })()
}
