import type { Message } from './message.ts'
import type { ClientStats } from './stats.ts'

/** What a channel needs of the client that consumes from it. */
export interface Subscriber {
  readonly id: number
  /** Whether it takes one more message now: RDY, what it has in flight, and what its socket has not sent yet. */
  readonly takes: boolean
  readonly messageTimeoutMs: number
  /** Per cent of the messages that it wants; 0 = all. */
  readonly sampleRate: number
  deliver(message: Message): void
  timedOut(): void
  emptied(): void
  close(): void
  stats(): ClientStats
}
