import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { App } from './app.ts'

/** While the server closes, a client that is still sending has so long to read the answer. */
const CLOSING_MS = 1000

/**
 * Lets clients read an answer that comes before they have sent all: a socket that is closed while bytes arrive resets the connection, and
 * the answer is lost on its way (RFC 9112, 9.6). So only our side is closed with the answer, and what still comes is read and forgotten,
 * until the request has ended, the client leaves, or `withinMs` have passed.
 */
export function lingerOnClose(app: App, withinMs: number): void {
  const requests = new WeakMap<Socket, IncomingMessage>()
  /** Connections that were answered before the whole request had arrived. */
  const sending = new Set<Socket>()
  app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket, headers } = request
    // Nothing more comes of a request without a body: most have none, and what is done below takes a tenth of the time of a short answer.
    if (!('content-length' in headers) && !('transfer-encoding' in headers)) return
    requests.set(socket, request)
    const ended = () => sending.delete(socket)
    response.once('finish', () => {
      if (request.complete || socket.destroyed) return
      sending.add(socket)
      request.once('end', ended)
      socket.once('close', ended)
    })
  })
  // Node calls this with the end of the last answer of a connection.
  app.server.on(app.server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    const destroySoon = socket.destroySoon.bind(socket)
    socket.destroySoon = () => {
      const request = requests.get(socket)
      if (!request || request.complete || socket.destroyed) return destroySoon()
      const timer = setTimeout(() => socket.destroy(), withinMs)
      socket.once('close', () => clearTimeout(timer))
      request.once('end', destroySoon)
      request.resume()
      socket.end()
    }
  })
  app.addHook('preClose', async () => {
    setTimeout(() => {
      for (const socket of sending) socket.destroy()
    }, CLOSING_MS).unref()
  })
}
