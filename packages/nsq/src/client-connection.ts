import type { Socket } from 'node:net'
import type { Channel } from './channel.ts'
import { ClientTally } from './client-tally.ts'
import { type Body, CommandReader, type CommandSink } from './command-reader.ts'
import { execute } from './commands.ts'
import { Heartbeat } from './heartbeat.ts'
import { type Identity, unidentified } from './identity.ts'
import type { Message } from './message.ts'
import { Outbox } from './outbox.ts'
import { ProtocolError } from './protocol-error.ts'
import type { Shared } from './shared.ts'
import type { ClientStats } from './stats.ts'
import type { Subscriber } from './subscriber.ts'
import type { Topics } from './topics.ts'

export type ClientState = 'init' | 'subscribed' | 'closing'

// With so much unread by the client no message is sent to it; with twice that, nothing more is read from it.
const BACKLOG_BYTES = 1024 * 1024

let lastId = 0

/** One client of the TCP port: reads its commands, writes its answers and messages, and is its channel's subscriber. */
export class ClientConnection implements Subscriber, CommandSink {
  readonly id: number
  readonly shared: Shared
  readonly topics: Topics
  identity: Identity
  #state: ClientState = 'init'
  #closed = false
  #channel: Channel | undefined
  readonly #socket: Socket
  readonly #remoteAddress: string
  readonly #reader: CommandReader
  readonly #outbox: Outbox
  readonly #heartbeat = new Heartbeat(
    () => this.#beat(),
    () => this.#socket.destroy(),
  )
  readonly #tally = new ClientTally()
  #ready = 0
  #inFlight = 0

  constructor(socket: Socket, shared: Shared, topics: Topics) {
    lastId += 1
    this.id = lastId
    this.shared = shared
    this.topics = topics
    this.#socket = socket
    this.#remoteAddress = `${socket.remoteAddress}:${socket.remotePort}`
    this.identity = unidentified(this.#remoteAddress, shared.settings)
    this.#reader = new CommandReader(this, shared.memory)
    this.#outbox = new Outbox(socket, () => this.#drained())
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', () => socket.destroy()) // a client that is gone; 'close' follows and does the rest
    socket.on('close', () => this.#leave())
    this.#heartbeat.start(this.identity.heartbeatIntervalMs)
    if (shared.faults.stall) this.stalled(true)
  }

  get state(): ClientState {
    return this.#state
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Whether it has published and not subscribed: nsqd lists these clients as producers. */
  get isProducer(): boolean {
    return this.#channel === undefined && this.#tally.hasPublished
  }

  magic(text: string): void {
    if (text !== '  V2') this.#refuse('E_BAD_PROTOCOL')
  }

  line(text: string): Body | undefined {
    return execute(this, text)
  }

  lineTooLong(): void {
    this.#socket.destroy()
  }

  failed(error: unknown): void {
    if (error instanceof ProtocolError && !error.fatal) {
      this.#outbox.error(error.message)
      return
    }
    // A mistake of ours costs this client its connection, not the others theirs.
    if (!(error instanceof ProtocolError)) process.emitWarning(error instanceof Error ? error : String(error))
    this.#refuse(error instanceof ProtocolError ? error.message : 'E_INVALID internal error')
  }

  respond(text: string): void {
    this.#outbox.response(text)
  }

  identify(identity: Identity): void {
    this.identity = identity
    this.#heartbeat.start(identity.heartbeatIntervalMs)
  }

  subscribe(channel: Channel): void {
    this.#channel = channel
    this.#state = 'subscribed'
    channel.subscribe(this)
  }

  setReady(count: number): void {
    this.#ready = count
    this.#channel?.offer(this)
  }

  finish(id: string): void {
    this.#channel?.finish(this.id, id)
    this.#tally.finished += 1
    this.#answered()
  }

  requeue(id: string, delayMs: number): void {
    this.#channel?.requeue(this.id, id, delayMs)
    this.#tally.requeued += 1
    this.#answered()
  }

  touch(id: string): void {
    this.#channel?.touch(this.id, id, this.messageTimeoutMs)
  }

  startClose(): void {
    this.#ready = 0
    this.#state = 'closing'
  }

  published(topic: string, count: number): void {
    this.#tally.countPublished(topic, count)
  }

  get takes(): boolean {
    return this.#inFlight < this.#ready && !this.#closed && this.#outbox.bytes < BACKLOG_BYTES
  }

  get messageTimeoutMs(): number {
    return this.identity.messageTimeoutMs
  }

  get sampleRate(): number {
    return this.identity.sampleRate
  }

  deliver(message: Message): void {
    this.#inFlight += 1
    this.#tally.delivered += 1
    this.#outbox.message(message)
  }

  timedOut(): void {
    this.#answered()
  }

  emptied(): void {
    this.#inFlight = 0
    this.#channel?.offer(this)
  }

  close(): void {
    this.#leave()
    this.#socket.destroy()
  }

  /** Lets go of the socket while the broker is stalled, and takes everything up again after it. */
  stalled(on: boolean): void {
    this.#outbox.held = on
    if (on) {
      this.#socket.pause()
      return
    }
    this.#heartbeat.heard()
    this.#socket.resume()
    this.#channel?.offer(this)
  }

  stats(): ClientStats {
    return this.#tally.stats({
      identity: this.identity,
      remoteAddress: this.#remoteAddress,
      state: this.#state,
      ready: this.#ready,
      inFlight: this.#inFlight,
    })
  }

  #read(chunk: Buffer): void {
    this.#heartbeat.heard()
    this.#reader.push(chunk)
    if (this.#outbox.bytes > 2 * BACKLOG_BYTES) this.#socket.pause()
  }

  #drained(): void {
    if (!this.shared.faults.stall) this.#socket.resume()
    this.#channel?.offer(this)
  }

  #answered(): void {
    this.#inFlight = Math.max(0, this.#inFlight - 1)
    this.#channel?.offer(this)
  }

  #beat(): void {
    if (this.shared.faults.stall) this.#heartbeat.heard()
    // nsqd's write deadline: a client that has not taken what was written for a whole interval is cut off.
    else if (this.#outbox.blockedForMs >= this.identity.heartbeatIntervalMs) this.#socket.destroy()
    else this.#outbox.response('_heartbeat_')
  }

  #refuse(text: string): void {
    this.#leave()
    this.#outbox.error(text)
    this.#outbox.end()
  }

  #leave(): void {
    if (this.#closed) return
    this.#closed = true
    this.#heartbeat.stop()
    this.#reader.stop()
    this.#channel?.unsubscribe(this)
  }
}
