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

/** Says whether it takes a request; then nobody else sees it. */
export type HandleFirst = (...request: Parameters<RequestListener>) => boolean

const MAX_HEADER_BYTES = 16 * 1024

/** A server of Node's with these limits, which asks `handleFirst` before it asks `handler`. */
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
