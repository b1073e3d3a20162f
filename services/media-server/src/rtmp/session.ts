import type { Duplex } from 'node:stream'
import { counter, type Log } from '@livepods/service'
import { type Amf, type AmfObject, isAmfObject } from '../amf0.ts'
import { AUDIO, DATA, VIDEO } from '../hub/message.ts'
import type { Sink, StreamAccess } from '../hub/request.ts'
import { StreamRefusedError } from '../hub/stream-refused-error.ts'
import { Subscriber } from '../hub/subscriber.ts'
import { ProtocolError } from '../protocol-error.ts'
import { parseStreamKey } from '../stream-name.ts'
import { splitAggregate } from './aggregate.ts'
import type { RtmpMessage } from './chunk-reader.ts'
import { rtmpFraming, STREAM_ID } from './chunks.ts'
import * as replies from './replies.ts'
import { type Command, type PeerReader, PUBLISHING, RtmpReader } from './rtmp-reader.ts'

const DATA_AMF3 = 15
const AGGREGATE = 22
/** Of `capsEx` (Enhanced RTMP v2): the peer understands a ReconnectRequest. */
const CAN_RECONNECT = 1
const MIN_WINDOW_BYTES = 64 * 1024
/** What is read and forgotten after our last word, so that the peer gets to read it. */
const LINGER_MS = 1000

const failures = counter({
  name: 'rtmp_protocol_errors_total',
  help: 'RTMP connections that ended because of what the peer sent.',
})

export interface SessionOptions {
  streams: StreamAccess
  /** Network address of the peer. */
  client: string
  log: Log
}

/** One RTMP connection, which publishes or plays one stream. */
export class Session {
  readonly #socket: Duplex
  readonly #options: SessionOptions
  readonly #reader: PeerReader
  #app: string | undefined
  #sink: Sink | undefined
  #leave: (() => void) | undefined
  #canReconnect = false
  #hasAsked = false
  #hasSentFcPublish = false
  #isClosing = false
  #lingering: NodeJS.Timeout | undefined
  #received = 0
  #acknowledged = 0
  /** The peer wants to hear of its bytes once in so many. */
  #window = 2_500_000

  /** @param reader by default our own */
  constructor(
    socket: Duplex,
    options: SessionOptions,
    reader: PeerReader = new RtmpReader((bytes) => socket.write(bytes)),
  ) {
    this.#socket = socket
    this.#options = options
    this.#reader = reader
  }

  /** Whether media keeps the connection busy; another one is of no use when it is silent. */
  get isPlaying(): boolean {
    return this.#leave !== undefined
  }

  /** Resolves when the connection has ended and nothing of it is left. Never rejects. */
  async run(): Promise<void> {
    const { log, client } = this.#options
    try {
      for await (const piece of this.#socket.iterator({ destroyOnReturn: false })) await this.#receive(piece)
    } catch (error) {
      if (error instanceof ProtocolError) {
        failures.inc()
        log.debug({ client, fault: error.message }, 'RTMP connection ended: protocol error')
      } else if (!isConnectionError(error)) {
        // What a connection holds is its own, and is released below: the others need not end with it.
        log.error({ err: error, client }, 'RTMP connection failed')
      }
    } finally {
      this.#release()
      clearTimeout(this.#lingering)
      this.#socket.destroy()
    }
  }

  /** Tells the peer why, and ends the connection. */
  close(code: string, reason: string): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#socket.end(replies.status('error', code, reason))
    this.#lingering = setTimeout(() => this.#socket.destroy(), LINGER_MS).unref()
  }

  async #receive(piece: Buffer): Promise<void> {
    if (this.#isClosing) return
    this.#received += piece.length
    for (const received of this.#reader.read(piece)) {
      const answering = received.type === 'command' ? this.#command(received) : this.#take(received)
      if (answering) await answering
      if (this.#isClosing) return
    }
    if (this.#received - this.#acknowledged >= this.#window) {
      this.#acknowledged = this.#received
      this.#socket.write(replies.acknowledgement(this.#received))
    }
  }

  #take({ type, timestamp, payload }: RtmpMessage): undefined {
    switch (type) {
      case AUDIO:
      case VIDEO:
      case DATA:
        this.#sink?.write({ type, timestamp, payload })
        break
      case DATA_AMF3: // AMF 0 after one byte
        this.#sink?.write({ type: DATA, timestamp, payload: payload.subarray(1) })
        break
      case AGGREGATE:
        for (const message of splitAggregate(payload, timestamp)) this.#sink?.write(message)
        break
      case replies.WINDOW_SIZE:
        if (payload.length >= 4) this.#window = Math.max(MIN_WINDOW_BYTES, payload.readUInt32BE() / 2)
        break
      case replies.USER_CONTROL:
        if (payload.length >= 6 && payload.readUInt16BE() === replies.PING)
          this.#socket.write(replies.pong(payload.subarray(2, 6)))
    }
  }

  #command({ values: [name, transaction, argument, ...others] }: Command): Promise<void> | undefined {
    const id = numberOf(transaction)
    switch (textOf(name)) {
      case 'connect':
        this.#connect(id, isAmfObject(argument) ? argument : {})
        return undefined
      case 'createStream':
        this.#socket.write(replies.result(id, null, STREAM_ID))
        return undefined
      case 'releaseStream':
      case 'FCPublish':
        this.#hasSentFcPublish ||= name === 'FCPublish'
        this.#socket.write(replies.result(id, null, undefined))
        return undefined
      case 'publish':
        return this.#ask(others[0], (request) => this.#publish(request))
      case 'play':
        return this.#ask(others[0], (request) => this.#play(request))
      case 'FCUnpublish':
      case 'closeStream':
      case 'deleteStream':
        this.#release()
        // Some encoders stop and start on one connection.
        this.#hasAsked = false
        return undefined
      default: // nobody waits for an answer to what we do not know
        return undefined
    }
  }

  #connect(id: number, { app, tcUrl, objectEncoding, ...rest }: AmfObject): void {
    if (this.#app !== undefined) throw new ProtocolError('the peer connected twice')
    this.#app = textOf(app) || textOf(tcUrl).replace(/^[a-z]+:\/\/[^/]*/i, '')
    this.#canReconnect = (numberOf(rest.capsEx) & CAN_RECONNECT) !== 0
    const isEnhanced = 'fourCcList' in rest || 'videoFourCcInfoMap' in rest || 'capsEx' in rest
    this.#socket.write(replies.connected(id, { isEnhanced, objectEncoding: numberOf(objectEncoding) }))
  }

  /** Publishes or plays, or says why not. */
  async #ask(key: Amf, start: (request: Wanted) => Promise<void>): Promise<void> {
    if (this.#app === undefined || this.#hasAsked) throw new ProtocolError('the peer asked out of turn')
    this.#hasAsked = true
    const { name, query } = parseStreamKey(this.#app, textOf(key))
    const token = query.get('token') ?? undefined
    await start({ name, token, query, protocol: 'rtmp', client: this.#options.client })
  }

  async #publish(wanted: Wanted): Promise<void> {
    try {
      const close = (reason: string) => this.close('NetStream.Publish.Failed', reason)
      const ask = () => this.#socket.write(replies.reconnectRequest('The server stops. Connect again.'))
      const askToReconnect = this.#canReconnect ? () => void ask() : undefined
      const sink = await this.#options.streams.publish({ ...wanted, close, askToReconnect })
      if (this.#socket.destroyed) return sink.end()
      this.#sink = sink
      this.#reader.limits = PUBLISHING
      // Not before: its name may be refused.
      if (this.#hasSentFcPublish) this.#socket.write(replies.fcPublished())
      this.#socket.write(replies.status('status', replies.PUBLISH_START, 'You are on air.'))
    } catch (error) {
      this.#refuse('Publish', error)
    }
  }

  async #play(wanted: Wanted): Promise<void> {
    const subscriber = new Subscriber(this.#socket, {
      framing: rtmpFraming,
      protocol: 'rtmp',
      accept: () => this.#socket.write(replies.playStart()),
      trailer: replies.playEnd(),
    })
    try {
      const leave = await this.#options.streams.play(wanted, subscriber)
      if (this.#socket.destroyed) return leave()
      this.#leave = leave
    } catch (error) {
      this.#refuse('Play', error)
    }
  }

  #refuse(what: 'Publish' | 'Play', error: unknown): void {
    if (!(error instanceof StreamRefusedError)) throw error
    this.close(`NetStream.${what}.${codeOf(error, what)}`, error.message)
  }

  #release(): void {
    this.#sink?.end()
    this.#leave?.()
    this.#sink = this.#leave = undefined
  }
}

type Wanted = Parameters<StreamAccess['play']>[0]

function codeOf({ code }: StreamRefusedError, what: 'Publish' | 'Play'): string {
  switch (code) {
    case 'BAD_NAME':
    case 'TAKEN':
      return what === 'Publish' ? 'BadName' : 'StreamNotFound'
    case 'ABSENT':
      return 'StreamNotFound'
    case 'UNAUTHORIZED':
      return 'Unauthorized'
    case 'STOPPING':
      return 'Failed'
  }
}

function textOf(value: Amf): string {
  return typeof value === 'string' ? value : ''
}

function numberOf(value: Amf): number {
  return typeof value === 'number' ? value : 0
}

/** The peer has gone, or was silent for too long. */
function isConnectionError(error: unknown): boolean {
  const { syscall, code } = error as NodeJS.ErrnoException
  return syscall !== undefined || code === 'ERR_STREAM_PREMATURE_CLOSE'
}
