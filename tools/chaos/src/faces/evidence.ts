import type { Operation } from '../history.ts'
import type { Evidence } from '../trial.ts'
import type { Effect, Row } from './audit.ts'
import type { BreakerSeen } from './poll-statuses.ts'

/**
 * What a client asks for: one photo (with a key or without), many, by kube-cluster-sample's endpoint, the same again, a key for another
 * path.
 */
export type Request = 'post' | 'post-key' | 'batch' | 'original' | 'again' | 'reuse-key'

export interface PhotoOperation extends Operation {
  f: Request
  value: {
    paths: string[]
    key?: string
    /** Of each path, when ok; null where the answer does not tell it. */
    ids?: (string | null)[]
    error?: string
  }
}

export interface PhotoEvidence extends Evidence {
  operations: readonly PhotoOperation[]
  rows: Row[]
  effects: Effect[]
  /** Ids of photos that were identified and then were not, though nothing asked for a re-match; absent: not looked for. */
  losses?: string[]
  breakers: readonly BreakerSeen[]
  /** Messages that nsqd gave to somebody else because no answer came, and begun ones that a consumer gave back. */
  redelivered: { timedOut: number; cameAgain: number }
}
