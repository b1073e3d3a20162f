import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type App, ProblemError } from '@livepods/http'
import type { FastifyReply } from 'fastify'

interface Limits {
  /** A beat tells both ends, and every proxy between them, that the other is alive. */
  heartbeatMs?: number
  maxClients?: number
  /** A client that has more than this unread is cut off; it comes back and reads the page anew. */
  maxBufferedBytes?: number
}

/** Server-sent events to all who listen. Replies end when the app closes, else they would hold close() for ever. */
export class EventStream {
  readonly #clients = new Set<ServerResponse>()
  readonly #maxClients: number
  readonly #maxBufferedBytes: number
  readonly #heartbeat: NodeJS.Timeout
  #closed = false

  constructor(app: App, { heartbeatMs = 15_000, maxClients = 500, maxBufferedBytes = 1024 * 1024 }: Limits = {}) {
    this.#maxClients = maxClients
    this.#maxBufferedBytes = maxBufferedBytes
    this.#heartbeat = setInterval(() => this.send('beat', 0), heartbeatMs).unref()
    app.addHook('preClose', async () => await this.#close())
  }

  get clients(): number {
    return this.#clients.size
  }

  /** Makes the reply a stream of events, with `first` as its first ones. Throws ProblemError 503 at the limit of clients. */
  open(reply: FastifyReply, first: [event: string, value: unknown][] = []): void {
    if (this.#closed || this.#clients.size >= this.#maxClients) {
      throw new ProblemError(503, 'Too many pages listen to this server. This page asks again by itself.', {
        headers: { 'retry-after': '5' },
      })
    }
    // Fastify's time limit for a handler ends here.
    reply.hijack()
    const client = reply.raw
    client.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'close',
    })
    client.write(`retry: 2000\n\n${first.map(([event, value]) => message(event, value)).join('')}`)
    this.#clients.add(client)
    client.once('close', () => this.#clients.delete(client))
    client.on('error', () => client.destroy())
  }

  /** Sends `value` as JSON to every client. */
  send(event: string, value: unknown): void {
    if (this.#clients.size === 0) return
    const text = message(event, value)
    for (const client of this.#clients) {
      if (client.writableLength > this.#maxBufferedBytes) client.destroy()
      else client.write(text)
    }
  }

  async #close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#heartbeat)
    await Promise.all(
      [...this.#clients].map(async (client) => {
        const closed = once(client, 'close')
        client.end()
        // One that does not read would never let its reply end.
        const { socket } = client
        setTimeout(() => socket?.destroy(), 500).unref()
        await closed
      }),
    )
  }
}

function message(event: string, value: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`
}
