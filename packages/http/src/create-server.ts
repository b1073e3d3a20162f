import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { SecureContextOptions } from 'node:tls'

export interface ServerOptions {
  /** Key and certificate (PEM); with them the server speaks TLS only. */
  tls: SecureContextOptions | undefined
  handleFirst: HandleFirst | undefined
  /** Milliseconds. */
  requestTimeout: number
  connectionTimeout: number
  keepAliveTimeout: number
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
  const listener: RequestListener = handleFirst
    ? (request, response) => {
        if (handleFirst(request, response)) return
        limitReceiving(request, requestTimeout)
        handler(request, response)
      }
    : handler
  const options = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: Math.min(MAX_HEADERS_MS, requestTimeout),
    requestTimeout: handleFirst ? 0 : requestTimeout,
    keepAliveTimeout,
  }
  const server = tls ? createHttpsServer({ ...options, ...tls }, listener) : createHttpServer(options, listener)
  server.setTimeout(connectionTimeout)
  return server
}

function limitReceiving(request: IncomingMessage, withinMs: number): void {
  setTimeout(() => {
    if (!request.complete) request.socket.destroy()
  }, withinMs).unref()
}
