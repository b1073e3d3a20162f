import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
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

/** A server of Node with these limits. It calls `handleFirst`, and `handler` for requests that `handleFirst` does not take. */
export function createServer(
  handler: RequestListener,
  { tls, handleFirst, requestTimeout, connectionTimeout, keepAliveTimeout }: ServerOptions,
): Server {
  const listener: RequestListener = handleFirst
    ? (request, response) => {
        if (!handleFirst(request, response)) handler(request, response)
      }
    : handler
  const options = { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout, keepAliveTimeout }
  const server = tls ? createHttpsServer({ ...options, ...tls }, listener) : createHttpServer(options, listener)
  server.setTimeout(connectionTimeout)
  return server
}
