import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { counter, type Log, readText } from '@livepods/service'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { ClientsState } from '../clients/client-state.ts'
import { PeerError } from './peer-error.ts'
import {
  type ClaimAnswer,
  ClaimRequestSchema,
  ClientsRequestSchema,
  type FeedRequest,
  FeedRequestSchema,
  IdSchema,
  NameSchema,
  type PeerClaim,
  type PeerState,
  PeerStateSchema,
} from './peer-state.ts'

/** What peers ask. */
export interface PeerRequests {
  /** @param host where it comes from; the answer is this replica's own state */
  receive(state: PeerState, host: string): PeerState
  answerClaim(claim: PeerClaim): ClaimAnswer
  /** The bytes of what it has of a stream; undefined: nothing. */
  window(request: FeedRequest): Buffer[] | undefined
  /** Whether a follower could be sent a stream: this replica owns it. */
  owns(name: string): boolean
  /** Sends what there is and what comes, until the socket or the stream ends. */
  feed(request: FeedRequest, socket: Socket): void
  kick(name: string): void
  /** Who is connected to this replica, of one stream or of all. */
  clients(name: string | undefined): ClientsState
  /** Ends one of them; false when it is not here. */
  kickClient(id: string): Promise<boolean>
}

export interface PeerListenerOptions {
  host: string
  port: number
  /** What peers prove themselves with. */
  secret: string
  requests: PeerRequests
  log: Log
}

const MAX_BODY_BYTES = 4 * 1024 * 1024
const MAX_HEADER_BYTES = 8 * 1024
/** A request is received within so long; what is sent may take longer. */
const RECEIVE_WITHIN_MS = 10_000
const MAX_CONNECTIONS = 1000

const refusals = counter({
  name: 'peer_requests_refused_total',
  help: 'Requests on the port of peers without their secret, or that could not be read.',
  labels: ['reason'],
  values: ['secret', 'body'],
})

/** The port on which replicas talk to each other, over HTTP. */
export class PeerListener implements AsyncDisposable {
  readonly #options: PeerListenerOptions
  readonly #secret: Buffer
  readonly #server: Server

  static async listen(options: PeerListenerOptions): Promise<PeerListener> {
    const listener = new PeerListener(options)
    listener.#server.listen(options.port, options.host)
    await once(listener.#server, 'listening')
    return listener
  }

  private constructor(options: PeerListenerOptions) {
    this.#options = options
    this.#secret = digest(`Bearer ${options.secret}`)
    const limits = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: RECEIVE_WITHIN_MS,
      requestTimeout: RECEIVE_WITHIN_MS,
      noDelay: true,
    }
    this.#server = createServer(limits, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => this.#fail(response, error))
    })
    this.#server.maxConnections = MAX_CONNECTIONS
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#isPeer(request)) {
      refusals.inc({ reason: 'secret' })
      response.writeHead(401, { connection: 'close' }).end()
      return
    }
    const { requests } = this.#options
    const { url = '' } = request
    switch (url) {
      case '/state': {
        const state = await read(request, PeerStateSchema)
        return send(response, requests.receive(state, hostOf(request)))
      }
      case '/claim':
        return send(response, requests.answerClaim(await read(request, ClaimRequestSchema)))
      case '/window': {
        const pieces = requests.window(await read(request, FeedRequestSchema))
        if (!pieces) throw new PeerError('ABSENT', 'Nothing of this stream is here.')
        return void response.writeHead(200).end(Buffer.concat(pieces))
      }
      case '/feed':
        return this.#feed(await read(request, FeedRequestSchema), response)
      case '/kick':
        requests.kick((await read(request, NameSchema)).name)
        return send(response, {})
      case '/clients':
        return send(response, requests.clients((await read(request, ClientsRequestSchema)).name))
      case '/kick-client':
        return send(response, { isKicked: await requests.kickClient((await read(request, IdSchema)).id) })
      default:
        throw new PeerError('ABSENT', 'There is no such request.')
    }
  }

  #feed(request: FeedRequest, response: ServerResponse): void {
    const { requests } = this.#options
    const { socket } = response
    if (!socket) return
    if (!requests.owns(request.name)) throw new PeerError('ABSENT', 'This replica does not own that stream.')
    // What follows the head is written to the socket itself: framed once, for all followers.
    response.removeHeader('transfer-encoding')
    response.writeHead(200, { connection: 'close' }).flushHeaders()
    requests.feed(request, socket)
  }

  /** Takes the same time however much of it is right. */
  #isPeer({ headers: { authorization = '' } }: IncomingMessage): boolean {
    return timingSafeEqual(this.#secret, digest(authorization))
  }

  #fail(response: ServerResponse, error: unknown): void {
    if (!(error instanceof PeerError)) this.#options.log.error({ err: error }, 'a request of a peer failed')
    else if (error.code === 'REFUSED') refusals.inc({ reason: 'body' })
    if (response.headersSent) response.socket?.destroy()
    else response.writeHead(statusOf(error), { connection: 'close' }).end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function hostOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? ''
}

/** Rejects with PeerError. */
async function read<S extends TSchema>(request: IncomingMessage, schema: S): Promise<Static<S>> {
  const tooLong = () => new PeerError('REFUSED', 'The request is too long.')
  const text = await readText(request, { maxBytes: MAX_BODY_BYTES, tooLong }).catch((error: unknown) => {
    throw new PeerError('REFUSED', 'The request was cut off.', { cause: error })
  })
  try {
    const value: unknown = JSON.parse(text)
    if (Value.Check(schema, value)) return value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new PeerError('REFUSED', 'The request cannot be read.')
}

function send(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function statusOf(error: unknown): number {
  if (!(error instanceof PeerError)) return 500
  return error.code === 'ABSENT' ? 404 : 400
}
