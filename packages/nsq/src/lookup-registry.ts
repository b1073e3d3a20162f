import { type Memory, MemoryFullError } from './memory.ts'
import { isEphemeral } from './names.ts'

/** An nsqd as it is told to consumers; the names of the fields are those of the JSON. */
export interface Producer {
  remote_address: string
  hostname: string
  broadcast_address: string
  tcp_port: number
  http_port: number
  version: string
}

/** A node: a producer with its topics and, for each of them, whether it is hidden there. */
export interface Node extends Producer {
  tombstones: boolean[]
  topics: string[]
}

/** How long a producer counts, in milliseconds of `now`. */
export interface Lifetimes {
  readonly inactiveProducerTimeoutMs: number
  readonly tombstoneLifetimeMs: number
  readonly now: () => number
}

/** A registered nsqd; `seenAt` is the time of its last sign of life, Infinity for the broker itself. */
export interface Peer {
  readonly producer: Producer
  seenAt: number
}

interface Registration {
  /** Each producer with the time of its tombstone, −Infinity without one. */
  readonly producers: Map<Peer, number>
  readonly channels: Map<string, Set<Peer>>
}

// Memory of one entry: map slots, the name, the set of its producers.
const ENTRY_BYTES = 512

/** Which nsqd has which topics and channels: the memory of nsqlookupd. */
export class LookupRegistry {
  readonly #peers = new Set<Peer>()
  readonly #topics = new Map<string, Registration>()
  readonly #memory: Memory
  readonly #lifetimes: Lifetimes

  constructor(memory: Memory, lifetimes: Lifetimes) {
    this.#memory = memory
    this.#lifetimes = lifetimes
  }

  join(peer: Peer): void {
    this.#peers.add(peer)
  }

  /** A sign of life. */
  heard(peer: Peer): void {
    peer.seenAt = this.#lifetimes.now()
  }

  /** Forgets the nsqd; topics and channels stay known without it, ephemeral ones, too, as in nsqlookupd. */
  leave(peer: Peer): void {
    this.#peers.delete(peer)
    for (const registration of this.#topics.values()) {
      registration.producers.delete(peer)
      for (const producers of registration.channels.values()) producers.delete(peer)
    }
  }

  register(peer: Peer, topic: string, channel?: string): void {
    this.create(topic, channel)
    const registration = this.#topics.get(topic)
    if (!registration?.producers.has(peer)) registration?.producers.set(peer, Number.NEGATIVE_INFINITY)
    if (channel !== undefined) registration?.channels.get(channel)?.add(peer)
  }

  unregister(peer: Peer, topic: string, channel?: string): void {
    const registration = this.#topics.get(topic)
    if (registration === undefined) return
    if (channel !== undefined) {
      const producers = registration.channels.get(channel)
      producers?.delete(peer)
      if (producers?.size === 0 && isEphemeral(channel)) this.removeChannel(topic, channel)
      return
    }
    registration.producers.delete(peer)
    for (const producers of registration.channels.values()) producers.delete(peer)
    if (registration.producers.size === 0 && isEphemeral(topic)) this.removeTopic(topic)
  }

  /** Makes the topic and channel known without any nsqd; throws MemoryFullError. */
  create(topic: string, channel?: string): void {
    let registration = this.#topics.get(topic)
    if (registration === undefined) {
      this.#pay()
      registration = { producers: new Map(), channels: new Map() }
      this.#topics.set(topic, registration)
    }
    if (channel === undefined || registration.channels.has(channel)) return
    this.#pay()
    registration.channels.set(channel, new Set())
  }

  removeTopic(topic: string): void {
    const registration = this.#topics.get(topic)
    if (registration === undefined) return
    this.#topics.delete(topic)
    this.#memory.release(ENTRY_BYTES * (1 + registration.channels.size))
  }

  /** False when the channel is not known. */
  removeChannel(topic: string, channel: string): boolean {
    const removed = this.#topics.get(topic)?.channels.delete(channel) ?? false
    if (removed) this.#memory.release(ENTRY_BYTES)
    return removed
  }

  /** Hides the nsqd `address:httpPort` from lookups of the topic for a while. */
  tombstone(topic: string, node: string): void {
    const producers = this.#topics.get(topic)?.producers
    if (producers === undefined) return
    for (const peer of producers.keys()) {
      const { broadcast_address, http_port } = peer.producer
      if (`${broadcast_address}:${http_port}` === node) producers.set(peer, this.#lifetimes.now())
    }
  }

  topics(): string[] {
    return [...this.#topics.keys()].sort()
  }

  channels(topic: string): string[] {
    return [...(this.#topics.get(topic)?.channels.keys() ?? [])].sort()
  }

  /** The living, visible producers of a topic; undefined when the topic is not known. */
  producers(topic: string): Producer[] | undefined {
    const registration = this.#topics.get(topic)
    if (registration === undefined) return undefined
    return [...registration.producers]
      .filter(([peer, tombstonedAt]) => this.#isActive(peer) && !this.#isTombstoned(tombstonedAt))
      .map(([peer]) => peer.producer)
  }

  nodes(): Node[] {
    return [...this.#peers]
      .filter((peer) => this.#isActive(peer))
      .map((peer) => {
        const topics = this.topics().filter((topic) => this.#topics.get(topic)?.producers.has(peer))
        const tombstones = topics.map((topic) => this.#isTombstoned(this.#topics.get(topic)?.producers.get(peer)))
        return { ...peer.producer, tombstones, topics }
      })
  }

  #isActive(peer: Peer): boolean {
    return this.#lifetimes.now() - peer.seenAt <= this.#lifetimes.inactiveProducerTimeoutMs
  }

  #isTombstoned(at = Number.NEGATIVE_INFINITY): boolean {
    return this.#lifetimes.now() - at < this.#lifetimes.tombstoneLifetimeMs
  }

  #pay(): void {
    if (!this.#memory.take(ENTRY_BYTES)) throw new MemoryFullError()
  }
}
