import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What may be wrong with the network between two parts. */
export type Trouble =
  | { kind: 'latency'; ms: number }
  | { kind: 'bandwidth'; bytesPerSecond: number }
  | { kind: 'black-hole' }
  | { kind: 'reset' }
  | { kind: 'half-close' }
  | { kind: 'cut'; bytes: number }

/** A TCP proxy on loopback with one kind of trouble at a time. Its target may change; connections that are open stay where they are. */
export class TcpProxy implements AsyncDisposable {
  readonly port: number
  target: number
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #trouble: Trouble | undefined
  /** Resolves when the trouble ends. */
  #healed = Promise.withResolvers<void>()

  static async listen(target: number): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TcpProxy(server, target)
  }

  private constructor(server: Server, target: number) {
    this.#server = server
    this.target = target
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (socket) => this.#accept(socket))
  }

  get trouble(): Trouble | undefined {
    return this.#trouble
  }

  begin(trouble: Trouble): void {
    this.#trouble = trouble
    if (trouble.kind === 'reset') for (const pair of this.#pairs) pair.reset()
  }

  end(): void {
    this.#trouble = undefined
    this.#healed.resolve()
    this.#healed = Promise.withResolvers()
  }

  #accept(client: Socket): void {
    if (this.#trouble?.kind === 'reset') return void client.resetAndDestroy()
    const server = connect({ host: '127.0.0.1', port: this.target, allowHalfOpen: true, noDelay: true })
    const pair = new Pair(client, server)
    this.#pairs.add(pair)
    void pair.done.then(() => this.#pairs.delete(pair))
    void this.#carry(client, server, pair, 'request')
    void this.#carry(server, client, pair, 'answer')
  }

  async #carry(from: Socket, to: Socket, pair: Pair, direction: 'request' | 'answer'): Promise<void> {
    let cut = 0
    try {
      // Not the usual iteration: that would close the other half, too, at the end of this one.
      for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        await this.#delay(chunk)
        const trouble = this.#trouble
        if (trouble?.kind === 'cut' && direction === 'answer') {
          to.write(chunk.subarray(0, trouble.bytes - cut))
          cut += chunk.length
          if (cut >= trouble.bytes) return pair.reset()
        } else if (!to.write(chunk)) await once(to, 'drain')
        if (trouble?.kind === 'half-close' && direction === 'answer') break
      }
      await this.#delay(Buffer.alloc(0))
      to.end()
    } catch {
      // One side is gone, and then the other one has to know.
      await this.#delay(Buffer.alloc(0))
      pair.reset()
    }
  }

  /** What is on its way waits here; while nothing passes, ends of connections do not pass either. */
  async #delay(chunk: Buffer): Promise<void> {
    if (this.#trouble?.kind === 'latency') await sleep(this.#trouble.ms)
    if (this.#trouble?.kind === 'bandwidth') await sleep((1000 * chunk.length) / this.#trouble.bytesPerSecond)
    while (this.#trouble?.kind === 'black-hole') await this.#healed.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end()
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const pair of this.#pairs) pair.reset()
    await closed
  }
}

/** The two halves of one proxied connection. */
class Pair {
  readonly done: Promise<unknown>
  readonly #sockets: Socket[]

  constructor(...sockets: Socket[]) {
    this.#sockets = sockets
    // What reads from it learns of an error, too, and decides when the other side may.
    for (const socket of sockets) socket.on('error', () => {})
    this.done = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))))
  }

  reset(): void {
    for (const socket of this.#sockets) reset(socket)
  }
}

/** Also one whose FIN is on its way: Node would leave that open, and not exit any more (as in js-libp2p's pull request 3597). */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy()
  else socket.resetAndDestroy()
}
