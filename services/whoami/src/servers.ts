import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { Incoming, Outgoing } from './exchange.ts'
import { isHandshake } from './socket.ts'

type Handle = (request: Incoming, response: Outgoing) => void

/** All fields of a request together. */
const MAX_HEADER_BYTES = 32 * 1024
const HEADERS_MS = 10_000
const CHECK_EVERY_MS = 2000
/** Longer than proxies keep a connection: they, and not we, close it, so that no request meets a closed one. */
const KEEP_ALIVE_MS = 95_000
/** A connection on which nothing moves, in the middle of a request or an answer. Longer than an answer may be held back. */
const IDLE_MS = 120_000

/** HTTP/1.1 and WebSocket, for connections that are given to it. */
export function http1Server(
  handle: Handle,
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Server {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_MS,
    // A body may come for as long as bytes come.
    requestTimeout: 0,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Answered by us, as Go does.
    requireHostHeader: false,
    shouldUpgradeCallback: isHandshake,
  })
  server.maxHeadersCount = 0
  server.setTimeout(IDLE_MS)
  server.on('request', handle)
  // The original answers without asking for the body first.
  server.on('checkContinue', handle)
  server.on('upgrade', upgrade)
  server.on('connect', (_request, socket) => refuse(socket, 400))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else refuse(socket, STATUS_OF[error.code ?? ''] ?? 400)
  })
  return server
}

const STATUS_OF: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }

/** As Go answers what it cannot read. */
function refuse(socket: Duplex, status: number): void {
  const line = `${status} ${STATUS_CODES[status]}`
  socket.end(`HTTP/1.1 ${line}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${line}`, () =>
    socket.destroy(),
  )
}

/** HTTP/2, for connections that are given to it. */
export class Http2 {
  readonly server: Http2Server
  readonly #sessions = new Set<ServerHttp2Session>()

  constructor(handle: Handle) {
    this.server = createHttp2Server({
      // Megabytes that one connection may take.
      maxSessionMemory: 4,
      maxHeaderListPairs: 1000,
      settings: { maxConcurrentStreams: 100, maxHeaderListSize: MAX_HEADER_BYTES },
    })
    this.server.on('request', handle)
    this.server.on('checkContinue', handle)
    this.server.on('sessionError', () => {})
    this.server.on('session', (session) => {
      this.#sessions.add(session)
      session.once('close', () => this.#sessions.delete(session))
      session.setTimeout(IDLE_MS, () => session.close())
    })
  }

  /** Clients begin no more requests on their connections; those under way are finished. */
  close(): void {
    for (const session of this.#sessions) session.close()
  }
}
