const MIB = 1024 * 1024

/** Limits of one batch request: a request that brings many paths. */
export const BATCH_LIMITS = { bytes: 8 * MIB, items: 10_000 }

/** Each batch request may hold 8 MiB of memory, and keeps one connection of the pool busy. */
export const MAX_CONCURRENT_BATCHES = 4

/** A batch request that takes longer is answered 503; what was committed stays. Below the 10 s in which every request is answered. */
export const BATCH_WITHIN_MS = 9000

/** The receiver publishes at once; the image-processor redispatches a photo that was not claimed within this time. */
export const REDISPATCH_AFTER_SECONDS = 10

/** Time that one request waits for the stamps of the files of failed photos. A photo whose stamp comes later stays failed. */
export const STAMPS_WITHIN_MS = 2000

/** A statement whose reply is lost, and its retry, must both end within the 10 s of a request. */
export const DATABASE_LIMITS = { statementWithinMs: 3000, acquireWithinMs: 2000 }

/** Requests that bring photos as bytes, each of which writes to the disk. */
export const MAX_CONCURRENT_UPLOADS = 32

/** An upload that is slower, after this time, ends where others need its slot. A telephone with bad reception is ten times as fast. */
export const UPLOAD_SLOW = { bytesPerSecond: 1024, afterMs: 5000 }

export const MAX_FILES_PER_FORM = 100

/** Time to receive one photo, or a form with several, over a slow connection. */
export const UPLOAD_WITHIN_MS = 5 * 60_000

/** An upload without a row, and a staged upload that was never put into the store, are orphans when they are older. */
export const ORPHAN_AGE_MS = 60 * 60_000
