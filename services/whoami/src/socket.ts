import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { counter, gauge } from '@livepods/service'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Exchange } from './exchange.ts'
import { hasToken } from './go-headers.ts'

const MAX_MESSAGE_BYTES = 1024 * 1024
/** A client that reads slower than it sends is not read from while so much waits for it. */
const MAX_BUFFERED_BYTES = 2 * MAX_MESSAGE_BYTES

const sockets = gauge({ name: 'whoami_websockets', help: 'WebSockets that are open.' })
const messages = counter({
  name: 'whoami_websocket_messages_total',
  help: 'Messages of WebSockets that were sent back.',
})

/** `/echo`: sends every message of a WebSocket back, to pages of any origin. */
export class EchoSockets {
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    skipUTF8Validation: false,
  })

  constructor() {
    this.#server.on('wsClientError', (_error, socket) => socket.destroy())
  }

  /** For requests that `isHandshake` takes. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    this.#server.handleUpgrade(request, socket, head, (client) => echo(client))
  }

  /** Tells all clients that the server leaves; resolves when none is left. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    for (const client of this.#server.clients) client.close(1001, 'The server stops.')
    await promise
  }
}

function echo(client: WebSocket): void {
  sockets.inc()
  client.once('close', () => sockets.dec())
  // The socket is closed by ws.
  client.on('error', () => {})
  client.on('message', (message: Buffer, isBinary) => {
    messages.inc()
    client.send(message, { binary: isBinary }, () => {
      if (client.isPaused && client.bufferedAmount < MAX_BUFFERED_BYTES / 2) client.resume()
    })
    if (client.bufferedAmount > MAX_BUFFERED_BYTES) client.pause()
  })
}

/** Whether a request opens a WebSocket that we can speak (RFC 6455, 4.2.1); all others are answered. */
export function isHandshake({ method, url = '', headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    url.split('?', 1)[0] === '/echo' &&
    hasToken([headers.connection ?? ''], 'upgrade') &&
    hasToken([headers.upgrade ?? ''], 'websocket') &&
    headers['sec-websocket-version'] === '13' &&
    /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')
  )
}

/** `/echo` for a request that opens no WebSocket. */
export function refuseHandshake(exchange: Exchange): void {
  const isGet = exchange.request.method === 'GET'
  exchange.replyText(isGet ? 400 : 405, isGet ? 'Bad Request' : 'Method Not Allowed', {
    'Sec-Websocket-Version': '13',
    'X-Content-Type-Options': 'nosniff',
  })
}
