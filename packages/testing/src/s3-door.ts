import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers in the server's place, or calls `pass`: its answer as it is, or with what `change` makes of the bytes. */
export type Behaviour = (
  request: IncomingMessage,
  response: ServerResponse,
  pass: (change?: (body: Buffer) => Buffer) => void,
) => void

/** An HTTP door in front of an S3 server, for what load balancers and broken disks do: signatures stay valid, since the host does. */
export class S3Door implements AsyncDisposable {
  /** Undefined: everything passes. */
  behaviour: Behaviour | undefined
  readonly #server

  static async open(port: number): Promise<S3Door> {
    const door = new S3Door(port)
    door.#server.listen(0, '127.0.0.1')
    await once(door.#server, 'listening')
    return door
  }

  private constructor(port: number) {
    this.#server = createServer((request, response) => {
      const pass = (change?: (body: Buffer) => Buffer) => forward(port, request, response, change)
      if (this.behaviour) this.behaviour(request, response, pass)
      else pass()
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

/** 503 to everything, as a load balancer without servers says it. */
export const unavailable: Behaviour = (request, response) => {
  request.resume()
  response.writeHead(503, { 'content-type': 'text/html' }).end('<html><h1>503 Service Unavailable</h1></html>')
}

function forward(
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
  change: ((body: Buffer) => Buffer) | undefined,
): void {
  const { method, url, headers } = request
  const onward = send({ host: '127.0.0.1', port, method, path: url, headers }, async (answer) => {
    if (!change || request.method === 'HEAD') {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      return void answer.pipe(response)
    }
    const chunks: Buffer[] = []
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
    response.writeHead(answer.statusCode ?? 502, answer.headers).end(change(Buffer.concat(chunks)))
  })
  const end = () => void response.destroy()
  onward.on('error', end)
  response.once('close', () => onward.destroy())
  request.on('error', end).pipe(onward)
}
