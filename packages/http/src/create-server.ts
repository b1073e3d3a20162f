import {
  createServer as createHttpServer,
  type ServerOptions as HttpOptions,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TlsOptions, Server as TlsServer } from 'node:tls'
import { ProblemError } from './problem.ts'
import { sendProblem } from './send-problem.ts'

export interface ServerOptions {
  /** With it the server speaks TLS only. */
  tls: Tls | undefined
  handleFirst: HandleFirst | undefined
  /** Milliseconds. */
  requestTimeout: number
  connectionTimeout: number
  keepAliveTimeout: number
}

/** Key and certificate, which may change: TlsFiles of packages/tls. */
export interface Tls {
  serverOptions: TlsOptions
  /** Gives the server all later ones. */
  follow(server: Pick<TlsServer, 'setSecureContext'>): void
}

/** Returns whether it takes the request; then no other handler gets it. */
export type HandleFirst = (...request: Parameters<RequestListener>) => boolean

const MAX_HEADER_BYTES = 16 * 1024
const MAX_HEADERS_MS = 60_000

/**
 * A server of Node with these limits. It calls `handleFirst`, and `handler` for requests that `handleFirst` does not take. What `handleFirst`
 * takes may be received for as long as it likes: Node has one limit for all requests, so the limit of the others is set here.
 */
export function createServer(
  handler: RequestListener,
  { tls, handleFirst, requestTimeout, connectionTimeout, keepAliveTimeout }: ServerOptions,
): Server {
  const listener: RequestListener = (request, response) => {
    const hosts = hostLines(request)
    if (hosts > 1) return sendProblem(response, SEVERAL_HOSTS)
    if (hosts === 0 && request.httpVersion === '1.1') return sendProblem(response, NO_HOST)
    if (!handleFirst) return void handler(request, response)
    if (handleFirst(request, response)) return
    limitReceiving(request, requestTimeout)
    handler(request, response)
  }
  const options = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: Math.min(MAX_HEADERS_MS, requestTimeout),
    requestTimeout: handleFirst ? 0 : requestTimeout,
    keepAliveTimeout,
    requireHostHeader: false,
  }
  const server = tls ? tlsServer(tls, options, listener) : createHttpServer(options, listener)
  server.setTimeout(connectionTimeout)
  closeUnusedConnections(server, tls ? 'secureConnection' : 'connection')
  return server
}

/**
 * Lets the server close with its idle connections those that have sent nothing yet, as browsers keep them ready. Node takes them for busy:
 * close() would wait for their request until its headers are late.
 */
function closeUnusedConnections(server: Server, event: 'connection' | 'secureConnection'): void {
  const unused = new Set<Socket>()
  server.on(event, (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  const use = ({ socket }: IncomingMessage) => unused.delete(socket)
  server.on('request', use).on('upgrade', use)
  const closeIdle = server.closeIdleConnections.bind(server)
  server.closeIdleConnections = () => {
    closeIdle()
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy()
  }
}

/** Node takes the first one silently, where a proxy in front may have taken the other (RFC 9112, 3.2). */
const SEVERAL_HOSTS = new ProblemError(400, 'The request names its host more than once.')
/** Node would answer without a body. */
const NO_HOST = new ProblemError(400, 'The request does not name its host.')

function hostLines({ rawHeaders }: IncomingMessage): number {
  let lines = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (/^host$/i.test(rawHeaders[at] as string)) lines += 1
  return lines
}

function tlsServer(tls: Tls, options: HttpOptions, listener: RequestListener): Server {
  const server = createHttpsServer({ ...options, ...tls.serverOptions }, listener)
  tls.follow(server)
  return server
}

function limitReceiving(request: IncomingMessage, withinMs: number): void {
  setTimeout(() => {
    if (!request.complete) request.socket.destroy()
  }, withinMs).unref()
}
