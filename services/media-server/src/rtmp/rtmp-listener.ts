import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { gauge, type Log } from '@livepods/service'
import type { StreamAccess } from '../hub/request.ts'
import { ProtocolError } from '../protocol-error.ts'
import type { SessionClass } from './engine.ts'
import { takeProxyHeader } from './proxy-header.ts'
import { Session } from './session.ts'

export interface RtmpListenerOptions {
  host: string
  port: number
  /** Other processes listen there, too, and the kernel chooses one for each connection. */
  reusePort?: boolean
  /** Whoever connects is a load balancer, which says first for whom (PROXY protocol). */
  hasProxyHeader?: boolean
  streams: StreamAccess
  log: Log
  /** By default ours. */
  engine?: SessionClass
  /** A connection that sends nothing for so long ends, unless it plays. */
  silentMs?: number
  maxConnections?: number
}

const connections = gauge({ name: 'rtmp_connections', help: 'RTMP connections that are open.' })

/** Takes RTMP connections until it is disposed; what publishes and plays then was ended by the hub. */
export class RtmpListener implements AsyncDisposable {
  readonly #options: RtmpListenerOptions
  readonly #server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 })
  readonly #open = new Map<Socket, Promise<void>>()

  static async listen(options: RtmpListenerOptions): Promise<RtmpListener> {
    const listener = new RtmpListener(options)
    const { port, host, reusePort = false } = options
    listener.#server.listen({ port, host, reusePort })
    await once(listener.#server, 'listening')
    return listener
  }

  private constructor(options: RtmpListenerOptions) {
    this.#options = options
    this.#server.maxConnections = options.maxConnections ?? 10_000
    this.#server.on('connection', (socket) => this.#accept(socket))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  #accept(socket: Socket): void {
    const { silentMs = 10_000 } = this.#options
    let session: InstanceType<SessionClass> | undefined
    socket.setTimeout(silentMs, () => {
      if (!session?.isPlaying) socket.destroy()
    })
    // The session ends with the socket, whatever ended it.
    socket.on('error', () => {})
    connections.inc()
    const serve = async () => {
      session = await this.#sessionOf(socket)
      await session?.run()
    }
    const ended = serve().finally(() => {
      connections.dec()
      this.#open.delete(socket)
    })
    this.#open.set(socket, ended)
  }

  /** Undefined, and the connection closed, where a proxy should say who the client is and does not. */
  async #sessionOf(socket: Socket): Promise<InstanceType<SessionClass> | undefined> {
    const { streams, log, engine = Session, hasProxyHeader } = this.#options
    try {
      const client = (hasProxyHeader ? await takeProxyHeader(socket) : socket.remoteAddress) ?? ''
      return new engine(socket, { streams, log, client })
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      log.info({ client: socket.remoteAddress, reason: error.message }, 'connection refused')
      socket.destroy()
      return undefined
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#open.keys()) if (!socket.writableEnded) socket.destroy()
    await Promise.all(this.#open.values())
    await closed
  }
}
