import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy in front of a server, for faults of the network: it can refuse, swallow everything, or lose the answer to one statement. */
export class TcpProxy implements AsyncDisposable {
  /** A black hole: connections are made and stay, and no byte passes in either direction; those of that time are of no use later. */
  swallows = false
  readonly #server
  readonly #sockets = new Set<Socket>()
  #port = 0
  #losesNextAnswerTo: string | undefined
  #closesThen = false

  static async open(target: { host: string; port: number }): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    await proxy.reopen()
    return proxy
  }

  private constructor({ host, port }: { host: string; port: number }) {
    this.#server = createServer((client) => {
      const server = connect(port, host)
      let loses = false
      client.on('data', (bytes: Buffer) => {
        if (this.swallows) return
        if (this.#losesNextAnswerTo && bytes.includes(this.#losesNextAnswerTo)) {
          loses = true
          this.#losesNextAnswerTo = undefined
        }
        server.write(bytes)
      })
      // The server has carried it out when it answers; the answer never arrives.
      server.on('data', (bytes: Buffer) => {
        if (loses) this.#lose(client)
        else if (!this.swallows) client.write(bytes)
      })
      for (const [socket, other] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#sockets.add(socket)
        socket.on('error', () => {})
        socket.once('close', () => {
          this.#sockets.delete(socket)
          other.destroy()
        })
      }
    })
  }

  get port(): number {
    return this.#port
  }

  /** The connection of the next statement that contains `text` ends when the server answers; `andCloses`: the proxy closes, too. */
  loseNextAnswerTo(text: string, { andCloses = false } = {}): void {
    this.#losesNextAnswerTo = text
    this.#closesThen = andCloses
  }

  /** Whether that answer was lost. */
  get lost(): boolean {
    return this.#losesNextAnswerTo === undefined
  }

  #lose(client: Socket): void {
    if (this.#closesThen) void this.close()
    else client.destroy()
  }

  async reopen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Ends every connection and refuses new ones, until it is opened again. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.close()
  }
}
