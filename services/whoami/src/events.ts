import { BadRequestError } from './bad-request-error.ts'
import type { Exchange, Outgoing } from './exchange.ts'
import type { Identity } from './identity.ts'

const EVERY_MS = 1000
const MAX_CLIENTS = 500
/** A client that has more unread is cut off. */
const MAX_BUFFERED_BYTES = 64 * 1024

/** `/events`: an event each second with the time and who sends it, to see whether what lies between holds events back. */
export class Events {
  readonly #identity: Pick<Identity, 'hostname' | 'pod' | 'node'>
  readonly #clients = new Map<Outgoing, Exchange>()
  readonly #timer: NodeJS.Timeout
  #number = 0
  #isClosed = false

  constructor(identity: Pick<Identity, 'hostname' | 'pod' | 'node'>) {
    this.#identity = identity
    this.#timer = setInterval(() => this.#tell(), EVERY_MS).unref()
  }

  get clients(): number {
    return this.#clients.size
  }

  answer = (exchange: Exchange): void => {
    if (this.#isClosed || this.#clients.size >= MAX_CLIENTS)
      throw new BadRequestError(`${MAX_CLIENTS} clients listen already. Try again later.`, {
        status: 503,
        fields: { 'Retry-After': '5' },
      })
    const { response } = exchange
    exchange.begin(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
    if (exchange.request.method === 'HEAD') {
      response.end()
      return
    }
    exchange.write(Buffer.from(`retry: 2000\n\n${this.#event()}`))
    this.#clients.set(response, exchange)
    response.once('close', () => this.#clients.delete(response))
  }

  #tell(): void {
    if (this.#clients.size === 0) return
    this.#number++
    const event = Buffer.from(this.#event())
    for (const [response, exchange] of this.#clients) {
      if (response.writableLength > MAX_BUFFERED_BYTES) exchange.cut()
      else exchange.write(event)
    }
  }

  #event(): string {
    const { hostname, pod, node } = this.#identity
    const value = { number: this.#number, time: new Date().toISOString(), hostname, pod, node }
    return `id: ${this.#number}\nevent: beat\ndata: ${JSON.stringify(value)}\n\n`
  }

  /** Ends all, and takes no more. */
  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    for (const response of this.#clients.keys()) response.end()
  }
}
