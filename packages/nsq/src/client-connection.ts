import type { Socket } from 'node:net'
import type { Channel } from './channel.ts'
import { ClientTally } from './client-tally.ts'
import { type Body, CommandReader, type CommandSink } from './command-reader.ts'
import { type CommandClient, execute } from './commands.ts'
import { Heartbeat } from './heartbeat.ts'
import { type Identity, unidentified } from './identity.ts'
import { MemoryFullError } from './memory.ts'
import { Outbox } from './outbox.ts'
import { ProtocolError } from './protocol-error.ts'
import type { Shared } from './shared.ts'
import type { ClientStats } from './stats.ts'
import { type SubscribedClient, Subscription } from './subscription.ts'
import type { Topics } from './topics.ts'

// While more bytes than this wait for the client to read them, nothing is read from it.
const UNREAD_BYTES = 512 * 1024

let lastId = 0

/** One client of the TCP port: its socket, what it said of itself, and its subscription if it has one. */
export class ClientConnection implements CommandSink, CommandClient, SubscribedClient {
  readonly id: number
  readonly shared: Shared
  readonly topics: Topics
  readonly outbox: Outbox
  readonly tally = new ClientTally()
  identity: Identity
  #identityBytes = 0
  #subscription: Subscription | undefined
  #closed = false
  readonly #socket: Socket
  readonly #remoteAddress: string
  readonly #reader: CommandReader
  readonly #heartbeat = new Heartbeat(
    () => this.#beat(),
    () => this.#socket.destroy(),
  )

  constructor(socket: Socket, shared: Shared, topics: Topics) {
    lastId += 1
    this.id = lastId
    this.shared = shared
    this.topics = topics
    this.#socket = socket
    this.#remoteAddress = `${socket.remoteAddress}:${socket.remotePort}`
    this.identity = unidentified(this.#remoteAddress, shared.settings)
    this.#reader = new CommandReader(this, shared.memory)
    this.outbox = new Outbox(socket, () => this.#drained())
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', () => socket.destroy()) // a client that is gone; 'close' follows and does the rest
    socket.on('close', () => this.#leave())
    this.#heartbeat.start(this.identity.heartbeatIntervalMs)
    if (shared.faults.stall) this.stalled(true)
  }

  get subscription(): Subscription | undefined {
    return this.#subscription
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
      this.outbox.error(error.message)
      return
    }
    // A bug of ours ends this connection, not the broker.
    if (!(error instanceof ProtocolError)) process.emitWarning(error instanceof Error ? error : String(error))
    this.#refuse(error instanceof ProtocolError ? error.message : 'E_INVALID internal error')
  }

  /** Keeps the identity, whose names are as long as its client liked: `bytes` of JSON count while it is connected. */
  identify(identity: Identity, bytes: number): void {
    if (!this.shared.memory.take(bytes)) throw new MemoryFullError()
    this.shared.memory.release(this.#identityBytes)
    this.#identityBytes = bytes
    this.identity = identity
    this.#heartbeat.start(identity.heartbeatIntervalMs)
  }

  subscribe(channel: Channel): void {
    this.#subscription = new Subscription(this, channel)
  }

  close(): void {
    this.#leave()
    this.#socket.destroy()
  }

  /** Stops reading and writing while the broker is stalled, and resumes afterwards. */
  stalled(on: boolean): void {
    this.outbox.held = on
    if (on) {
      this.#socket.pause()
      return
    }
    this.#heartbeat.heard()
    this.#socket.resume()
    this.#subscription?.offer()
  }

  stats(): ClientStats {
    const subscription = this.#subscription
    return this.tally.stats({
      identity: this.identity,
      remoteAddress: this.#remoteAddress,
      state: subscription === undefined ? 'init' : subscription.closing ? 'closing' : 'subscribed',
      ready: subscription?.ready ?? 0,
      inFlight: subscription?.inFlight ?? 0,
    })
  }

  #read(chunk: Buffer): void {
    this.#heartbeat.heard()
    this.#reader.push(chunk)
    if (this.outbox.bytes > UNREAD_BYTES) this.#socket.pause()
  }

  #drained(): void {
    if (!this.shared.faults.stall) this.#socket.resume()
    this.#subscription?.offer()
  }

  #beat(): void {
    if (this.shared.faults.stall) this.#heartbeat.heard()
    // nsqd's write deadline: a client that has not taken what was written for a whole interval is cut off.
    else if (this.outbox.blockedForMs >= this.identity.heartbeatIntervalMs) this.#socket.destroy()
    else this.outbox.response('_heartbeat_')
  }

  #refuse(text: string): void {
    this.#leave()
    this.outbox.error(text)
    this.outbox.end()
  }

  #leave(): void {
    if (this.#closed) return
    this.#closed = true
    this.#heartbeat.stop()
    this.#reader.stop()
    this.shared.memory.release(this.#identityBytes)
    this.#subscription?.leave()
  }
}
