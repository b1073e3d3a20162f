import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import type { GrpcServer } from '@livepods/grpc'

const LOOPBACK = '127.0.0.1'
const CANCEL = 8

/**
 * Hands the gRPC calls of a port that speaks other things, too, to a gRPC server on an inner socket: grpc-js takes whole connections only.
 * The server is loaded with the first call, since most processes get none.
 */
export class GrpcRelay implements AsyncDisposable {
  readonly #build: () => Promise<GrpcServer>
  #opened: Promise<{ server: GrpcServer; port: number }> | undefined
  #session: ClientHttp2Session | undefined
  #isClosing = false

  constructor(build: () => Promise<GrpcServer>) {
    this.#build = build
  }

  /** Whether a request is a gRPC call. */
  static takes({ headers, httpVersionMajor }: Pick<Http2ServerRequest, 'headers' | 'httpVersionMajor'>): boolean {
    return httpVersionMajor === 2 && (headers['content-type'] ?? '').startsWith('application/grpc')
  }

  async handle(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const { ':scheme': _, ':authority': authority = 'whoami', ...headers } = request.headers
    const session = await this.#connect()
    if (response.stream.destroyed) return
    const call = session.request({ ...headers, ':authority': authority })
    const trailers: OutgoingHttpHeaders = {}
    call.on('response', (answer) => {
      Object.assign(trailers, statusOf(answer))
      response.sendDate = false
      response.writeHead(Number(answer[':status']), fieldsOf(answer))
      call.pipe(response.stream, { end: false })
    })
    call.on('trailers', (more) => Object.assign(trailers, withoutPseudo(more)))
    call.on('end', () => {
      // Go has no message for what went well.
      if (trailers['grpc-status'] === '0') delete trailers['grpc-message']
      response.addTrailers(trailers)
      response.end()
    })
    call.on('error', () => response.stream.close(2))
    request.stream.on('aborted', () => call.close(CANCEL))
    request.stream.on('error', () => call.close(CANCEL))
    request.pipe(call)
  }

  async #connect(): Promise<ClientHttp2Session> {
    if (this.#isClosing) throw new Error('The server stops.')
    this.#opened ??= this.#open()
    const { port } = await this.#opened
    if (!this.#session || this.#session.destroyed || this.#session.closed) {
      const session = connect(`http://${LOOPBACK}:${port}`, { settings: { enablePush: false } })
      // Calls under way have errors of their own.
      session.on('error', () => {})
      session.unref()
      this.#session = session
    }
    return this.#session
  }

  async #open() {
    const server = await this.#build()
    const port = await server.listen({ host: LOOPBACK, port: 0 })
    server.serving = true
    return { server, port }
  }

  /** Calls under way are finished first. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    const opened = await this.#opened
    this.#session?.close()
    await opened?.server[Symbol.asyncDispose]()
  }
}

/** A call that fails at once has its status in the head; here it always comes at the end, which clients take as well. */
function statusOf(answer: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(answer).filter(([name]) => name.startsWith('grpc-') && !ENCODINGS.has(name)))
}

const ENCODINGS = new Set(['grpc-encoding', 'grpc-accept-encoding'])

/** What the original sends, and what is there besides: an encoding of the messages, metadata. */
function fieldsOf(answer: IncomingHttpHeaders): OutgoingHttpHeaders {
  const others = Object.entries(withoutPseudo(answer)).filter(
    ([name]) => !(name.startsWith('grpc-') && name !== 'grpc-encoding') && name !== 'date' && name !== 'content-type',
  )
  return {
    'content-type': 'application/grpc',
    trailer: 'Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin',
    ...Object.fromEntries(others.filter(([, value]) => value !== 'identity')),
  }
}

function withoutPseudo(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')))
}
