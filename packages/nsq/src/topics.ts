import { MemoryFullError } from './memory.ts'
import type { Shared } from './shared.ts'
import type { StatsFilter, TopicStats } from './stats.ts'
import { QUEUE_BYTES, Topic } from './topic.ts'

/** Who wants to know which topics and channels there are: the lookup registry. */
export interface Announcements {
  /** May refuse it by throwing MemoryFullError. */
  register(topic: string, channel?: string): void
  unregister(topic: string, channel?: string): void
}

/** All topics of a broker, by name. */
export class Topics {
  readonly #byName = new Map<string, Topic>()
  readonly #shared: Shared
  readonly #announcements: Announcements

  constructor(shared: Shared, announcements: Announcements) {
    this.#shared = shared
    this.#announcements = announcements
  }

  /** The topic of this (valid) name, made when there is none; throws MemoryFullError. */
  topic(name: string): Topic {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    if (!this.#shared.memory.take(QUEUE_BYTES)) throw new MemoryFullError()
    try {
      this.#announcements.register(name)
    } catch (error) {
      this.#shared.memory.release(QUEUE_BYTES)
      throw error
    }
    const topic = new Topic(name, this.#shared, {
      channelCreated: (topicName, channelName) => this.#announcements.register(topicName, channelName),
      channelRemoved: (topicName, channelName) => this.#announcements.unregister(topicName, channelName),
      unused: (topicName) => this.remove(topicName),
    })
    this.#byName.set(name, topic)
    return topic
  }

  find(name: string): Topic | undefined {
    return this.#byName.get(name)
  }

  /** False when there is no such topic. */
  remove(name: string): boolean {
    const topic = this.#byName.get(name)
    if (topic === undefined) return false
    this.#byName.delete(name)
    topic.remove()
    this.#shared.memory.release(QUEUE_BYTES)
    this.#announcements.unregister(name)
    return true
  }

  clear(): void {
    for (const name of [...this.#byName.keys()]) this.remove(name)
  }

  /** The statistics of the topics that pass the filter, by name. Filtering by channel leaves out topics without that channel. */
  stats(filter: StatsFilter): TopicStats[] {
    return [...this.#byName.values()]
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .filter((topic) => filter.topic === undefined || topic.name === filter.topic)
      .filter((topic) => filter.channel === undefined || topic.channels.has(filter.channel))
      .map((topic) => topic.stats(filter.channel, filter.withClients ?? true))
  }
}
