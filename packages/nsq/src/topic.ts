import { Channel } from './channel.ts'
import { Fifo } from './fifo.ts'
import { MemoryFullError } from './memory.ts'
import { costOf, Message, ownBytes } from './message.ts'
import { isEphemeral } from './names.ts'
import type { Shared } from './shared.ts'
import type { TopicStats } from './stats.ts'

// Memory of an empty topic or channel, maps and registration included; it is taken from the same budget.
export const QUEUE_BYTES = 4096

/** Who wants to know which channels a topic has. */
export interface TopicEvents {
  /** May refuse it by throwing MemoryFullError. */
  channelCreated(topic: string, channel: string): void
  channelRemoved(topic: string, channel: string): void
  /** It is ephemeral and has lost its last channel. */
  unused(topic: string): void
}

/** Takes what is published and gives each of its channels a copy; keeps it while there is no channel, or paused. */
export class Topic {
  readonly name: string
  readonly channels = new Map<string, Channel>()
  readonly #shared: Shared
  readonly #events: TopicEvents
  readonly #queue = new Fifo<Message>()
  #paused = false
  #messageCount = 0
  #messageBytes = 0
  readonly #pumpAgain = () => this.#pump()

  constructor(name: string, shared: Shared, events: TopicEvents) {
    this.name = name
    this.#shared = shared
    this.#events = events
  }

  /** Stores copies of all bodies or, with MemoryFullError, none. The delay is milliseconds. */
  publish(bodies: readonly Uint8Array[], deferMs = 0): void {
    const bytes = bodies.reduce((sum, body) => sum + body.length, 0)
    if (!this.#shared.memory.take(bytes + bodies.length * costOf(0))) throw new MemoryFullError()
    this.#messageCount += bodies.length
    this.#messageBytes += bytes
    for (const body of bodies) {
      const message = new Message(ownBytes(body), deferMs)
      this.#queue.push(message)
      if (this.#shared.faults.duplicate && this.#shared.memory.take(message.cost)) this.#queue.push(message.duplicate())
    }
    this.#pump()
  }

  /** The channel of this name, made when there is none; throws MemoryFullError. */
  channel(name: string): Channel {
    const known = this.channels.get(name)
    if (known !== undefined) return known
    if (!this.#shared.memory.take(QUEUE_BYTES)) throw new MemoryFullError()
    try {
      this.#events.channelCreated(this.name, name)
    } catch (error) {
      this.#shared.memory.release(QUEUE_BYTES)
      throw error
    }
    const channel = new Channel(name, this.#shared, () => this.removeChannel(name))
    this.channels.set(name, channel)
    this.#pump()
    return channel
  }

  /** False when there is no such channel. */
  removeChannel(name: string): boolean {
    const channel = this.channels.get(name)
    if (channel === undefined) return false
    this.channels.delete(name)
    channel.remove()
    this.#shared.memory.release(QUEUE_BYTES)
    this.#events.channelRemoved(this.name, name)
    if (this.channels.size === 0 && isEphemeral(this.name)) this.#events.unused(this.name)
    return true
  }

  pause(on: boolean): void {
    this.#paused = on
    this.#pump()
  }

  /** Drops what no channel has yet; the channels keep theirs, as in nsqd. */
  empty(): void {
    const bytes = this.#queue.drain().reduce((sum, message) => sum + message.cost, 0)
    this.#shared.memory.release(bytes)
  }

  /** Empties and removes the topic's channels, too. */
  remove(): void {
    for (const name of [...this.channels.keys()]) this.removeChannel(name)
    this.empty()
  }

  stats(channelName: string | undefined, withClients: boolean): TopicStats {
    const channels = [...this.channels.values()]
      .filter((channel) => channelName === undefined || channel.name === channelName)
      .sort((one, other) => (one.name < other.name ? -1 : 1))
    return {
      topic_name: this.name,
      channels: channels.map((channel) => channel.stats(withClients)),
      depth: this.#queue.length,
      backend_depth: 0,
      message_count: this.#messageCount,
      message_bytes: this.#messageBytes,
      paused: this.#paused,
      e2e_processing_latency: { count: 0, percentiles: null },
    }
  }

  #pump(): void {
    const { memory } = this.#shared
    while (!this.#paused && this.channels.size > 0) {
      const message = this.#queue.peek()
      if (message === undefined) return
      // The first channel gets the message itself, the others copies. Without memory for the copies it stays in the topic's queue, in order.
      if (this.channels.size > 1 && !memory.take((this.channels.size - 1) * message.cost)) {
        memory.whenReleased(this.#pumpAgain)
        return
      }
      this.#queue.shift()
      let first = true
      for (const channel of this.channels.values()) {
        channel.put(first ? message : message.copy())
        first = false
      }
    }
  }
}
