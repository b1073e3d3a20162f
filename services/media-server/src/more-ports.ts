import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'

interface Options {
  host: string
  ports: number[]
  reusePort: boolean
}

/** Ports beside its own on which a server takes connections; it ends them itself. */
export class MorePorts implements Disposable {
  readonly #listeners: Server[]

  static async listen(server: HttpServer, { host, ports, reusePort }: Options): Promise<MorePorts> {
    const more = new MorePorts(
      ports.map(() => createServer({ noDelay: true }, (socket) => void server.emit('connection', socket))),
    )
    try {
      for (const [index, listener] of more.#listeners.entries()) {
        listener.maxConnections = server.maxConnections
        listener.listen({ host, port: ports[index], reusePort })
        await once(listener, 'listening')
      }
    } catch (error) {
      more[Symbol.dispose]()
      throw error
    }
    return more
  }

  private constructor(listeners: Server[]) {
    this.#listeners = listeners
  }

  [Symbol.dispose](): void {
    for (const listener of this.#listeners) listener.close()
  }
}
