import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { clientAddress, ProblemError, problemAnswer, refuseOtherSites } from '@livepods/http'
import type { Log } from '@livepods/service'
import { type WebSocket, WebSocketServer } from 'ws'
import { parseMediaRequest } from '../delivery/parse-media-request.ts'
import { toProblem } from '../delivery/problems.ts'
import type { Sink, StreamAccess, StreamRequest } from '../hub/request.ts'
import { type Connection, Subscriber } from '../hub/subscriber.ts'
import { ProtocolError } from '../protocol-error.ts'
import { FlvReader } from './flv-reader.ts'
import { flvFraming, flvHeader } from './tags.ts'

export interface WebSocketFlvOptions {
  streams: StreamAccess
  /** Proxies in front that say who asks. */
  trustProxy: string | undefined
  log: Log
}

/** A client that offers one of these sub-protocols publishes; another one watches. */
const PUBLISHING = ['publisher', 'post']
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024
/** Who does not answer our last word is cut off. */
const CLOSE_WITHIN_MS = 1000
const NORMAL = 1000
const UNSUPPORTED = 1003
const REFUSED = 1008

/** Streams over WebSocket: pieces of an FLV file as binary messages, in either direction. */
export class WebSocketFlv {
  readonly #options: WebSocketFlvOptions
  readonly #addressOf: (request: IncomingMessage) => string
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    // Its types do not know it yet.
    ...({ closeTimeout: CLOSE_WITHIN_MS } as object),
    handleProtocols: (offered) => [...offered][0] ?? false,
  })

  constructor(options: WebSocketFlvOptions) {
    this.#options = options
    this.#addressOf = clientAddress(options.trustProxy)
  }

  /** For the event `upgrade` of an HTTP server. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Until somebody listens to the WebSocket.
    socket.on('error', () => {})
    this.#answer(request, socket, head).catch((error: unknown) => {
      const problem = toProblem(error)
      if (!problem) this.#options.log.error({ err: error }, 'WebSocket request failed')
      refuse(socket, problem ?? new ProblemError(500, 'The server failed; its log says why.'))
    })
  }

  async #answer(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const wanted = parseMediaRequest(request, { flv: 'websocket-flv', client: this.#addressOf(request) })
    if (wanted?.file.type !== 'flv') throw new ProblemError(404, 'There is no WebSocket here.')
    const open = () => this.#open(request, socket, head)
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
    if (offered.some((name) => PUBLISHING.includes(name))) {
      // A browser asks with GET for what changes something here.
      refuseOtherSites({ method: 'POST', headers: request.headers })
      await publish(this.#options.streams, wanted, open)
    } else await play(this.#options.streams, wanted, socket, open)
  }

  /** Throws ProblemError when what asks is no WebSocket; `ws` has answered it then. */
  #open(request: IncomingMessage, socket: Duplex, head: Buffer): WebSocket {
    let opened: WebSocket | undefined
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      opened = webSocket
    })
    if (!opened) throw new ProblemError(400, 'This is no request for a WebSocket.')
    return opened.on('error', () => {})
  }
}

async function play(
  streams: StreamAccess,
  wanted: StreamRequest,
  socket: Duplex,
  open: () => WebSocket,
): Promise<void> {
  const connection = new WebSocketConnection(socket)
  const subscriber = new Subscriber(connection, {
    framing: flvFraming,
    protocol: wanted.protocol,
    accept: () => {
      connection.webSocket = open()
    },
    fileHeader: flvHeader,
  })
  const leave = await streams.play(wanted, subscriber)
  if (socket.destroyed) leave()
  else socket.once('close', leave)
}

async function publish(streams: StreamAccess, wanted: StreamRequest, open: () => WebSocket): Promise<void> {
  const reader = new FlvReader()
  let webSocket: WebSocket | undefined
  const sink = await streams.publish({ ...wanted, close: (reason) => webSocket?.close(REFUSED, reason) })
  try {
    webSocket = open()
  } catch (error) {
    sink.end()
    throw error
  }
  webSocket.on('close', () => sink.end())
  webSocket.on('message', (bytes: Buffer, isBinary: boolean) => {
    if (isBinary) take(webSocket, reader, bytes, sink)
    else webSocket.close(UNSUPPORTED, 'FLV is binary.')
  })
}

function take(webSocket: WebSocket, reader: FlvReader, bytes: Buffer, sink: Sink): void {
  try {
    for (const message of reader.read(bytes)) sink.write(message)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    sink.end()
    webSocket.close(UNSUPPORTED, error.message)
  }
}

/** A WebSocket as the connection of a viewer. */
class WebSocketConnection implements Connection {
  /** From the moment on that the viewer is let in. */
  webSocket: WebSocket | undefined
  readonly #socket: Duplex

  constructor(socket: Duplex) {
    this.#socket = socket
  }

  get writableLength(): number {
    return this.#socket.writableLength
  }

  write(bytes: Uint8Array): void {
    this.webSocket?.send(bytes)
  }

  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  end(): void {
    this.webSocket?.close(NORMAL, 'The stream has ended.')
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

function refuse(socket: Duplex, problem: ProblemError): void {
  // What is no WebSocket `ws` has answered.
  if (!socket.writable) return
  const { status, headers, body } = problemAnswer(problem)
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${problem.title}\r\n${lines.join('')}\r\n${body}`)
}
