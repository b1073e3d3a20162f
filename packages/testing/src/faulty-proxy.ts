import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers instead of the server, and returns true; or false: the server answers. May throw: then the connection is reset. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean

/** What stands in front of a server and answers some of its requests itself, as load balancers and portals do. */
export class FaultyProxy implements AsyncDisposable {
  /** The fault of now; undefined: none. */
  fault: Fault | undefined
  /** `GET /path?query` of all requests that came. */
  readonly requests: string[] = []
  readonly #server
  readonly #to: number

  /** @param to the port of the server; without one every request needs a fault */
  static async open(to = 0): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(to)
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening')
    return proxy
  }

  private constructor(to: number) {
    this.#to = to
    this.#server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`)
      try {
        if (this.fault?.(request, response)) return void request.resume()
      } catch {
        return void request.socket.resetAndDestroy()
      }
      this.#forward(request, response)
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The next requests that fit are answered so, then the server answers again. */
  answerNext(times: number, fits: RegExp, answer: (response: ServerResponse, request: IncomingMessage) => void): void {
    let left = times
    this.fault = (request, response) => {
      if (!fits.test(`${request.method} ${request.url}`) || left-- <= 0) return false
      answer(response, request)
      return true
    }
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const { method, url, headers } = request
    // The headers are signed, that of the host, too.
    const forwarded = send({ port: this.#to, host: '127.0.0.1', method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    forwarded.on('error', () => response.destroy())
    request.pipe(forwarded)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}
