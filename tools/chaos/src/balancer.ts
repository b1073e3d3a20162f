import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import type { Edges } from './edges.ts'

/** Leads each new connection to the next of several listeners, as a Service of Kubernetes does. */
export class Balancer implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  /** In front of the proxies of these listeners, which may come and go. */
  static async listen(edges: Edges, listeners: ReadonlySet<string>): Promise<Balancer> {
    const server = createServer({ noDelay: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    let turn = 0
    return new Balancer(server, async () => {
      const { port } = await edges.proxy(`clients→${[...listeners][turn++ % listeners.size]}`)
      return port
    })
  }

  private constructor(server: Server, nextPort: () => Promise<number>) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client) => {
      nextPort().then(
        (port) => this.#lead(client, port),
        () => client.resetAndDestroy(),
      )
    })
  }

  #lead(client: Socket, port: number): void {
    const server = connect({ host: '127.0.0.1', port, noDelay: true })
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    }
    // An end of one is the end of both.
    pipeline(client, server, client, () => {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
