import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import { posix } from 'node:path'
import { answerClientError, type ClientError } from '@livepods/service'
import type { Faults } from './faults.ts'
import { type Memory, MemoryFullError } from './memory.ts'
import { Partial } from './partial.ts'

/** A refusal over HTTP: the status and nsqd's word for it, sent as `{"message":"…"}`. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly code = 'HTTP_REFUSED'
  readonly status: number
  readonly headers: Record<string, string>

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

/** One request as a route sees it. */
export interface HttpCall {
  readonly path: string
  readonly query: URLSearchParams
  /** From the header; undefined when the body is sent in chunks of unknown number. */
  readonly contentLength: number | undefined
  /** Reads the body; throws 413 with `tooBig` beyond `most` bytes, and MemoryFullError. */
  body(most: number, tooBig: string): Promise<Buffer>
}

/** Text as it is, an object as JSON, nothing as an empty 200, PONG as that of /ping, and NO_ANSWER as none at all. */
export type HttpAnswer = string | object | undefined | typeof PONG | typeof NO_ANSWER

export const NO_ANSWER = Symbol('no answer')
/** OK without nsqd's own header, which no other answer lacks. */
export const PONG = Symbol('OK')

/** Routes by `METHOD /path`. */
export type HttpRoutes = ReadonlyMap<string, (call: HttpCall) => HttpAnswer | Promise<HttpAnswer>>

/** A route that does something and has nothing to say. */
export function silent(action: (call: HttpCall) => unknown): (call: HttpCall) => undefined {
  return (call) => {
    action(call)
    return undefined
  }
}

// A body that takes longer than this to arrive is not waited for.
const REQUEST_TIMEOUT_MS = 30_000

/** An HTTP server for these routes with nsqd's headers, words and statuses; it is not listening yet. */
export function createHttpServer(routes: HttpRoutes, memory: Memory, faults: Faults): Server {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    void respond(request, response)
  })
  server.on('clientError', (error, socket) => answerClientError(error, socket, asGo))
  return server

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await faults.notStalled()
    const moved = movedTo(request)
    // As Go's router does: other methods are repeated as they are.
    if (moved) return void response.writeHead(request.method === 'GET' ? 301 : 308, { Location: moved }).end()
    try {
      const answer = await route(request)
      if (answer !== NO_ANSWER) send(response, 200, answer)
    } catch (error) {
      refuse(response, error)
    }
  }

  async function route(request: IncomingMessage): Promise<HttpAnswer> {
    const { path, query } = locate(request.url ?? '/')
    const handler = routes.get(`${request.method} ${path}`)
    if (handler === undefined) {
      const allowed = [...routes.keys()].filter((key) => key.endsWith(` ${path}`)).map((key) => key.split(' ', 1)[0])
      if (allowed.length === 0) throw new HttpError(404, 'NOT_FOUND')
      throw new HttpError(405, 'METHOD_NOT_ALLOWED', { Allow: [...allowed, 'OPTIONS'].toSorted().join(', ') })
    }
    const length = request.headers['content-length']
    return await handler({
      path,
      query,
      contentLength: length === undefined ? undefined : Number(length),
      body: (most, tooBig) => readBody(request, most, tooBig, memory),
    })
  }

  /** Where a path leads that is spelt in another way, such as //ping or /Ping/. */
  function movedTo({ method, url = '/' }: IncomingMessage): string | undefined {
    const [path = '', ...query] = url.split(/(?=\?)/)
    const spelt = posix
      .normalize(path)
      .toLowerCase()
      .replace(/(?<=.)\/$/, '')
    return spelt !== path && routes.has(`${method} ${spelt}`) ? spelt + query.join('') : undefined
  }
}

/** What Go's server says, before nsqd sees anything. */
function asGo({ status }: ClientError) {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8' }
  return { headers, body: `${status} ${STATUS_CODES[status]}` }
}

function locate(url: string): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const query = mark < 0 ? '' : url.slice(mark + 1)
  // Go refuses what URLSearchParams would guess at.
  if (/%(?![0-9a-fA-F]{2})|;/.test(query)) throw new HttpError(400, 'INVALID_REQUEST')
  return { path, query: new URLSearchParams(query) }
}

async function readBody(request: IncomingMessage, most: number, tooBig: string, memory: Memory): Promise<Buffer> {
  const partial = new Partial(memory)
  try {
    // The connection must outlive a refusal in the middle of the body: the answer goes over it.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (partial.length + chunk.length > most) throw new HttpError(413, tooBig)
      if (!partial.add(chunk)) throw new MemoryFullError()
    }
    return partial.bytes
  } finally {
    partial.clear()
    request.resume() // drops the rest of the body, or the next request on the connection would wait behind it
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  // The client closed the connection: there is nobody to answer.
  if (response.destroyed) return
  if (error instanceof HttpError) {
    send(response, error.status, { message: error.message }, error.headers)
  } else if (error instanceof MemoryFullError) {
    response.setHeader('Retry-After', '1')
    send(response, 503, { message: 'MEMORY_FULL' })
  } else {
    process.emitWarning(error instanceof Error ? error : String(error))
    send(response, 500, { message: 'INTERNAL_ERROR' })
  }
}

function send(
  response: ServerResponse,
  status: number,
  answer: string | object | undefined | typeof PONG,
  headers: Record<string, string> = {},
): void {
  const isJson = typeof answer === 'object'
  const text = answer === PONG ? 'OK' : (answer ?? '')
  const body = typeof text === 'object' ? JSON.stringify(text) : text
  response.writeHead(status, {
    ...headers,
    ...(answer !== PONG && { 'X-NSQ-Content-Type': 'nsq; version=1.0' }),
    'Content-Length': Buffer.byteLength(body),
    ...(body !== '' && { 'Content-Type': `${isJson ? 'application/json' : 'text/plain'}; charset=utf-8` }),
  })
  response.end(body)
}
