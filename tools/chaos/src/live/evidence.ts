import type { Operation } from '../history.ts'
import type { Evidence } from '../trial.ts'

/** How a client watches: FLV on one connection, LL-HLS, DASH; or it asks all replicas for what one of them lists. */
export type Watch = 'flv' | 'hls' | 'dash' | 'check'

/** Why an answer is wrong: what was listed is not there, a number is missing, or it went back. */
export type Wrong = 'absent' | 'gap' | 'back'

export interface LiveOperation extends Operation {
  f: Watch
  value: {
    /** Of the segment of pictures, when ok; FLV has none. */
    number?: number
    /** Of its bytes, as each replica, or the one that was asked, has them. */
    digests?: string[]
    /** When fail. */
    wrong?: Wrong
    /** What went wrong, for people. */
    text?: string
  }
}

/** Which replicas had a publisher at that time. */
export interface Owners {
  /** Milliseconds since 1970. */
  at: number
  owners: readonly string[]
}

export interface LiveEvidence extends Evidence {
  operations: readonly LiveOperation[]
  owners: readonly Owners[]
  /** Feeds that each replica has in the end, when nobody watches any more. */
  feeds: Readonly<Record<string, number>>
  /** Clients that wanted one more piece after the storm, and got none, by their numbers. */
  waiting: readonly number[]
}
