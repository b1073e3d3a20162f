import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatResults, InvalidMessageError, type Message, type Result, readBatch } from '@livepods/messages'
import { eventually } from '@livepods/testing'

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** An HTTP server that takes numbered messages as a relay or sink does, in memory. */
export class Relay implements AsyncDisposable {
  /** The bodies of each stream, by number from 1. */
  readonly streams = new Map<string, string[]>()
  /** Every request, and when it came (performance.now()). */
  readonly requests: { headers: IncomingMessage['headers']; at: number }[] = []
  connections = 0
  duplicates = 0
  /** Numbers that came again with another body. */
  conflicts = 0
  /** In place of what a relay does. */
  handler: Handler | undefined
  readonly #server: Server

  static async open(handler?: Handler, port = 0): Promise<Relay> {
    const relay = new Relay(handler)
    relay.#server.listen(port, '127.0.0.1')
    await once(relay.#server, 'listening')
    return relay
  }

  private constructor(handler?: Handler) {
    this.handler = handler
    this.#server = createServer((request, response) => {
      this.requests.push({ headers: request.headers, at: performance.now() })
      void (this.handler ?? ((...both) => this.take(...both)))(request, response)
    }).on('connection', () => this.connections++)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** host:port, as the original writes its URLs. */
  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** Of all streams. */
  get taken(): number {
    return [...this.streams.values()].reduce((sum, { length }) => sum + length, 0)
  }

  /** Resolves when so many messages have been taken. */
  async took(count: number): Promise<void> {
    await eventually(() => {
      if (this.taken < count) throw new Error(`${this.taken} of ${count} messages were taken`)
    })
  }

  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const messages = await readBatch({ body: request, encoding: undefined })
    const results = messages.map((message) => this.#result(message))
    response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(formatResults(results))
  }

  #result(message: Message | InvalidMessageError): Result {
    if (message instanceof InvalidMessageError) throw message
    const { stream = '', seq = 0, content } = message
    const bodies = this.streams.get(stream) ?? []
    this.streams.set(stream, bodies)
    if (seq > bodies.length + 1) return { result: 'expected', seq: bodies.length + 1 }
    if (seq === bodies.length + 1) {
      bodies.push(`${content}`)
      return { result: 'taken' }
    }
    if (bodies[seq - 1] === content) {
      this.duplicates++
      return { result: 'duplicate' }
    }
    this.conflicts++
    return { result: 'refused', status: 422, detail: 'number used twice' }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

/** Answers each request with this, whatever it says. */
export const answering =
  (status: number, headers: Record<string, string> = {}, body = ''): Handler =>
  (request, response) => {
    request.resume().once('end', () => response.writeHead(status, headers).end(body))
  }

/** Answers a batch with this result for each of its messages. */
export const resulting =
  (result: Result): Handler =>
  async (request, response) => {
    const messages = await readBatch({ body: request, encoding: undefined })
    response.end(formatResults(messages.map(() => result)))
  }
