import { once } from 'node:events'
import type { Server as Http1Server } from 'node:http'
import type { Http2Server } from 'node:http2'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls'
import { type Endpoint, readProxyHeader } from '@livepods/http/proxy-header'
import { counter, gauge } from '@livepods/service'
import type { TlsFiles } from '@livepods/tls'

interface Options {
  host: string
  port: number
  /** More are closed as they come. */
  maxConnections: number
  /** Whether a connection from this address may begin with a header of the PROXY protocol. */
  acceptsProxyHeader: (address: string) => boolean
  /** With them the port speaks TLS only. */
  tls: TlsFiles | undefined
  http1: Http1Server
  http2: Http2Server
}

/** Where a connection comes from. */
export interface Origin {
  /** The client: whom the proxy named, else whoever connects. */
  client: Endpoint
  /** What a proxy said in front of the connection. */
  proxy?: { version: 1 | 2; address: string; destination?: Endpoint }
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
/** Until the protocol is known. */
const FIRST_BYTES_MS = 10_000
const KEEP_ALIVE_MS = 60_000

const connections = gauge({ name: 'whoami_connections', help: 'Connections that are open.' })
const dropped = counter({
  name: 'whoami_connections_dropped_total',
  help: 'Connections that were closed since there were too many.',
})

/**
 * One port for everything: a header of the PROXY protocol where it may come, then TLS or not, then HTTP/2 or HTTP/1.1, by ALPN or by the
 * first bytes. The two servers of Node do not listen themselves.
 */
export class Front implements AsyncDisposable {
  readonly #options: Options
  readonly #server: Server
  readonly #tls: TlsServer | undefined
  readonly #sockets = new Set<Socket>()
  /** A listener for all of them: one for each would be kept as long as each. */
  readonly #forget: (this: Socket) => void
  /** Of connections that a proxy spoke for, by the address and port that we see. */
  readonly #origins = new Map<string, Origin>()

  static async listen(options: Options): Promise<Front> {
    const front = new Front(options)
    front.#server.listen(options.port, options.host)
    await once(front.#server, 'listening')
    // Node begins to look for slow requests when a server listens.
    options.http1.emit('listening')
    return front
  }

  private constructor(options: Options) {
    this.#options = options
    const sockets = this.#sockets
    this.#forget = function () {
      sockets.delete(this)
      connections.dec()
    }
    // A WebSocket may be silent for hours: the kernel asks whether its client is still there.
    const keepAlive = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }
    this.#server = createServer({ noDelay: true, allowHalfOpen: true, ...keepAlive }, (socket) => this.#accept(socket))
    this.#server.maxConnections = options.maxConnections
    this.#server.on('drop', () => dropped.inc())
    if (options.tls) {
      this.#tls = createTlsServer({
        handshakeTimeout: FIRST_BYTES_MS,
        ...options.tls.serverOptions,
        // A certificate is shown, also one that nobody verifies.
        requestCert: true,
        ALPNProtocols: ['h2', 'http/1.1'],
      })
      options.tls.follow(this.#tls)
      this.#tls.on('secureConnection', (socket) => this.#hand(socket, socket.alpnProtocol === 'h2'))
      this.#tls.on('tlsClientError', (_error, socket) => socket.destroy())
    }
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  originOf(socket: Pick<Socket, 'remoteAddress' | 'remotePort'>): Origin {
    const origin = this.#origins.size > 0 ? this.#origins.get(keyOf(socket)) : undefined
    return origin ?? { client: { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 } }
  }

  /** Takes no more connections. */
  stopListening(): void {
    this.#server.close()
  }

  /** Resolves when no connection is left. */
  async idle(): Promise<void> {
    await Promise.all([...this.#sockets].map(async (socket) => await once(socket, 'close')))
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    connections.inc()
    socket.on('error', destroy)
    socket.once('close', this.#forget)
    const address = plainAddress(socket.remoteAddress)
    if (this.#options.acceptsProxyHeader(address)) this.#readProxyHeader(socket, address)
    else this.#begin(socket)
  }

  #readProxyHeader(socket: Socket, address: string): void {
    readFirst(socket, (head) => {
      const header = readProxyHeader(head)
      switch (header.kind) {
        case 'unfinished':
          return 'more'
        case 'invalid':
          return 'wrong'
        case 'header': {
          const { version, source, destination, length } = header
          const key = keyOf(socket)
          const client = source ?? { address, port: socket.remotePort ?? 0 }
          this.#origins.set(key, { client, proxy: { version, address, ...(destination && { destination }) } })
          socket.once('close', () => this.#origins.delete(key))
          return { skip: length, next: () => this.#begin(socket) }
        }
        case 'none':
          return { skip: 0, next: () => this.#begin(socket) }
      }
    })
  }

  #begin(socket: Socket): void {
    if (this.#tls) {
      this.#tls.emit('connection', socket)
      return
    }
    readFirst(socket, (head) => {
      const length = Math.min(head.length, PREFACE.length)
      const isHttp2 = head.subarray(0, length).equals(PREFACE.subarray(0, length))
      if (isHttp2 && length < PREFACE.length) return 'more'
      return { skip: 0, next: () => this.#hand(socket, isHttp2) }
    })
  }

  #hand(socket: Socket | TLSSocket, isHttp2: boolean): void {
    const { http1, http2 } = this.#options
    // A client of HTTP/1 may close its side when it has sent its request.
    if (isHttp2) socket.allowHalfOpen = false
    ;(isHttp2 ? http2 : http1).emit('connection', socket)
  }

  /** Cuts what is still open. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stopListening()
    // Ends also its look for slow requests.
    this.#options.http1.close()
    for (const socket of this.#sockets) socket.destroy()
    await this.idle()
  }
}

function destroy(this: Socket): void {
  this.destroy()
}

type Verdict = 'more' | 'wrong' | { skip: number; next: () => void }

/** Shows `look` the first bytes of a connection until it has seen enough; what it does not skip is read again by who comes next. */
function readFirst(socket: Socket, look: (head: Buffer) => Verdict): void {
  let head: Buffer = Buffer.alloc(0)
  socket.setTimeout(FIRST_BYTES_MS, destroy)
  socket.once('end', destroy)
  const read = () => {
    const bytes = socket.read() as Buffer | null
    if (bytes !== null) head = head.length === 0 ? bytes : Buffer.concat([head, bytes])
    const verdict = head.length === 0 ? 'more' : look(head)
    if (verdict === 'wrong') socket.destroy()
    else if (verdict === 'more') socket.once('readable', read)
    else {
      socket.setTimeout(0)
      socket.off('timeout', destroy)
      socket.off('end', destroy)
      if (head.length > verdict.skip) socket.unshift(head.subarray(verdict.skip))
      verdict.next()
    }
  }
  socket.once('readable', read)
}

function keyOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`
}

/** An IPv4 address that is seen on an IPv6 socket, as everybody writes it. */
function plainAddress(address = ''): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
}
