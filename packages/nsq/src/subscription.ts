import type { Channel } from './channel.ts'
import type { ClientTally } from './client-tally.ts'
import type { Identity } from './identity.ts'
import type { Message } from './message.ts'
import type { Outbox } from './outbox.ts'
import type { ClientStats } from './stats.ts'
import type { Subscriber } from './subscriber.ts'

/** What a subscription needs of its client. */
export interface SubscribedClient {
  readonly id: number
  readonly identity: Identity
  readonly outbox: Outbox
  readonly tally: ClientTally
  close(): void
  stats(): ClientStats
}

// While more bytes than this wait for the client to read them, it gets no further message.
const BACKLOG_BYTES = 256 * 1024

/** One client's consuming from one channel: its RDY, and what it has in flight. */
export class Subscription implements Subscriber {
  readonly #client: SubscribedClient
  readonly #channel: Channel
  #ready = 0
  #inFlight = 0
  #closing = false
  #left = false

  constructor(client: SubscribedClient, channel: Channel) {
    this.#client = client
    this.#channel = channel
    channel.subscribe(this)
  }

  get id(): number {
    return this.#client.id
  }

  /** Whether CLS was sent: no more messages, only answers to those in flight. */
  get closing(): boolean {
    return this.#closing
  }

  get ready(): number {
    return this.#ready
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get takes(): boolean {
    return this.#inFlight < this.#ready && !this.#left && this.#client.outbox.bytes < BACKLOG_BYTES
  }

  get messageTimeoutMs(): number {
    return this.#client.identity.messageTimeoutMs
  }

  get sampleRate(): number {
    return this.#client.identity.sampleRate
  }

  setReady(count: number): void {
    this.#ready = count
    this.offer()
  }

  startClose(): void {
    this.#ready = 0
    this.#closing = true
  }

  /** To be called when the socket has room again. */
  offer(): void {
    this.#channel.offer(this)
  }

  leave(): void {
    this.#left = true
    this.#channel.unsubscribe(this)
  }

  finish(id: string): void {
    this.#channel.finish(this.id, id)
    this.#client.tally.finished += 1
    this.#answered()
  }

  requeue(id: string, delayMs: number): void {
    this.#channel.requeue(this.id, id, delayMs)
    this.#client.tally.requeued += 1
    this.#answered()
  }

  touch(id: string): void {
    this.#channel.touch(this.id, id, this.messageTimeoutMs)
  }

  deliver(message: Message): void {
    this.#inFlight += 1
    this.#client.tally.delivered += 1
    this.#client.outbox.message(message)
  }

  timedOut(): void {
    this.#answered()
  }

  emptied(): void {
    this.#inFlight = 0
    this.offer()
  }

  close(): void {
    this.#client.close()
  }

  stats(): ClientStats {
    return this.#client.stats()
  }

  #answered(): void {
    this.#inFlight = Math.max(0, this.#inFlight - 1)
    this.offer()
  }
}
