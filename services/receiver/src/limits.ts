const MIB = 1024 * 1024

/** Of one request that brings many paths. */
export const BATCH_LIMITS = { bytes: 8 * MIB, items: 10_000 }

/** Requests with many paths at once; each may hold 8 MiB and keeps one connection of the pool busy. */
export const BATCHES_AT_ONCE = 4

/** Then a request with many paths is answered 503; what was committed stays. Below the 10 s that clients are promised. */
export const BATCH_WITHIN_MS = 9000

/** A lost statement and its repetition have to end within the 10 s of a request. */
export const DATABASE_LIMITS = { statementWithinMs: 3000, acquireWithinMs: 2000 }
