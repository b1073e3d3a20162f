import type { Operation } from '../history.ts'
import type { Evidence } from '../trial.ts'

/**
 * What a client asks for: some numbered messages (through any relay), a used number for another body, one message with an Idempotency-Key
 * (of one relay), the same again, the same by the original's address.
 */
export type Request = 'batch' | 'conflict' | 'post' | 'again' | 'php'

export interface Numbered {
  stream: string
  seq: number
}

/** A message as a client sends it; its body is like that of no other. */
export interface Sent extends Partial<Numbered> {
  body: string
}

export interface MessageOperation extends Operation {
  f: Request
  value: {
    messages: Sent[]
    key?: string
    /** What a relay called an unnumbered message, when ok. */
    told?: Numbered
    /** The original's answer, when ok. */
    text?: string
    error?: string
  }
}

export interface MessageRow extends Numbered {
  /** message, late, tombstone or skip. */
  kind: string
  body: string | null
  sink: string
  position: number
  takenAt: number
}

export interface DeadLetter extends Numbered {
  /** With the beginning of the body's SHA-256 at its end. */
  id: string
  relay: string
  refusedAt: number
}

/** What GET /v1/report of a sink says, as far as it is compared. */
export interface SinkReport {
  streams: { name: string; last: number | null; missing: number; absent: number }[]
  sinks: { name: string; taken: number; unlogged: number }[]
}

export interface MessagesEvidence extends Evidence {
  operations: readonly MessageOperation[]
  /** Of all sinks, by stream and number. */
  messages: readonly MessageRow[]
  letters: readonly DeadLetter[]
  /** What the lines of each sink's text log say, by its name. */
  logs: Readonly<Record<string, readonly string[]>>
  /** The streams of the senders, and how many messages each has stored, ever. */
  senders: readonly { stream: string; stored: number }[]
  report: SinkReport
  /** How much waits where, where something does. */
  waiting: Readonly<Record<string, number>>
}
