import { Deadlines } from './deadlines.ts'
import { Fifo } from './fifo.ts'
import type { Message } from './message.ts'
import { isEphemeral } from './names.ts'
import type { Shared } from './shared.ts'
import type { ChannelStats } from './stats.ts'
import type { Subscriber } from './subscriber.ts'

/** A queue of a topic's messages, each of which goes to one of its subscribers until one finishes it. */
export class Channel {
  readonly name: string
  readonly #shared: Shared
  readonly #onUnused: () => void
  readonly #queue = new Fifo<Message>()
  readonly #inFlight = new Map<string, Message>()
  readonly #deadlines = new Deadlines<Message>((message) => this.#due(message))
  readonly #subscribers = new Map<number, Subscriber>()
  /** Subscribers that take messages, in round-robin order. */
  readonly #ready = new Set<Subscriber>()
  #deferred = 0
  #paused = false
  #messageCount = 0
  #requeueCount = 0
  #timeoutCount = 0

  /** Calls `onUnused` when it is ephemeral and its last subscriber has gone. */
  constructor(name: string, shared: Shared, onUnused: () => void) {
    this.name = name
    this.#shared = shared
    this.#onUnused = onUnused
  }

  put(message: Message): void {
    this.#messageCount += 1
    if (message.deferMs > 0) {
      this.#defer(message, message.deferMs)
    } else {
      this.#queue.push(message)
      this.#pump()
    }
  }

  subscribe(subscriber: Subscriber): void {
    this.#subscribers.set(subscriber.id, subscriber)
  }

  /** What the subscriber has in flight comes back when its time-out is over, as in nsqd, not at once. */
  unsubscribe(subscriber: Subscriber): void {
    if (!this.#subscribers.delete(subscriber.id)) return
    this.#ready.delete(subscriber)
    if (this.#subscribers.size === 0 && isEphemeral(this.name)) this.#onUnused()
  }

  /** To be called when the subscriber may have begun to take messages. */
  offer(subscriber: Subscriber): void {
    if (!subscriber.takes || !this.#subscribers.has(subscriber.id)) return
    this.#ready.add(subscriber)
    this.#pump()
  }

  /** Throws an error with nsqd's words when the message is not in flight with this client. */
  finish(clientId: number, id: string): void {
    const message = this.#takeBack(clientId, id)
    this.#shared.memory.release(message.cost)
  }

  requeue(clientId: number, id: string, delayMs: number): void {
    const message = this.#takeBack(clientId, id)
    this.#requeueCount += 1
    if (delayMs > 0) this.#defer(message, delayMs)
    else this.#queue.push(message)
    this.#pump()
  }

  /** Starts the time-out again, never beyond `maxMessageTimeoutMs` after the delivery. */
  touch(clientId: number, id: string, timeoutMs: number): void {
    const message = this.#takeBack(clientId, id)
    const latest = message.deliveredAt + this.#shared.settings.maxMessageTimeoutMs
    message.clientId = clientId
    message.dueAt = Math.min(performance.now() + timeoutMs, latest)
    this.#inFlight.set(id, message)
    this.#deadlines.add(message)
  }

  pause(on: boolean): void {
    this.#paused = on
    this.#pump()
  }

  /** Drops every message, also those in flight and deferred. */
  empty(): void {
    const held = [...this.#queue.drain(), ...this.#deadlines.drain()]
    this.#inFlight.clear()
    this.#deferred = 0
    for (const subscriber of this.#subscribers.values()) subscriber.emptied()
    this.#shared.memory.release(held.reduce((bytes, message) => bytes + message.cost, 0))
  }

  /** Drops the messages and closes the subscribers' connections. */
  remove(): void {
    const subscribers = [...this.#subscribers.values()]
    this.#subscribers.clear()
    this.#ready.clear()
    for (const subscriber of subscribers) subscriber.close()
    this.empty()
  }

  stats(withClients: boolean): ChannelStats {
    return {
      channel_name: this.name,
      depth: this.#queue.length,
      backend_depth: 0,
      in_flight_count: this.#inFlight.size,
      deferred_count: this.#deferred,
      message_count: this.#messageCount,
      requeue_count: this.#requeueCount,
      timeout_count: this.#timeoutCount,
      client_count: this.#subscribers.size,
      clients: withClients ? [...this.#subscribers.values()].map((subscriber) => subscriber.stats()) : [],
      paused: this.#paused,
      e2e_processing_latency: { count: 0, percentiles: null },
    }
  }

  #pump(): void {
    const { faults } = this.#shared
    while (this.#queue.length > 0 && !this.#paused && !faults.stall) {
      const [subscriber] = this.#ready
      if (subscriber === undefined) return
      this.#ready.delete(subscriber)
      if (!subscriber.takes) continue
      const message = faults.reorder ? this.#queue.pop() : this.#queue.shift()
      if (message !== undefined) this.#send(message, subscriber)
      if (subscriber.takes) this.#ready.add(subscriber)
    }
  }

  #send(message: Message, subscriber: Subscriber): void {
    // As in nsqd, a message that sample_rate leaves out is dropped, not given to another subscriber.
    if (subscriber.sampleRate > 0 && Math.random() * 100 > subscriber.sampleRate) {
      this.#shared.memory.release(message.cost)
      return
    }
    message.attempts = Math.min(message.attempts + 1, 0xffff)
    message.clientId = subscriber.id
    message.deliveredAt = performance.now()
    message.dueAt = message.deliveredAt + subscriber.messageTimeoutMs
    this.#inFlight.set(message.id, message)
    this.#deadlines.add(message)
    subscriber.deliver(message)
  }

  #takeBack(clientId: number, id: string): Message {
    const message = this.#inFlight.get(id)
    if (message === undefined) throw new Error('ID not in flight')
    if (message.clientId !== clientId) throw new Error('client does not own message')
    this.#inFlight.delete(id)
    this.#deadlines.remove(message)
    message.clientId = 0
    return message
  }

  #defer(message: Message, delayMs: number): void {
    this.#deferred += 1
    message.dueAt = performance.now() + delayMs
    this.#deadlines.add(message)
  }

  #due(message: Message): void {
    if (message.clientId === 0) {
      this.#deferred -= 1
    } else {
      this.#inFlight.delete(message.id)
      this.#timeoutCount += 1
      this.#subscribers.get(message.clientId)?.timedOut()
      message.clientId = 0
    }
    this.#queue.push(message)
    this.#pump()
  }
}
