const MIB = 1024 * 1024

/** Of one request that brings many paths. */
export const BATCH_LIMITS = { bytes: 8 * MIB, items: 10_000 }

/** Requests with many paths at once; each may hold 8 MiB and keeps one connection of the pool busy. */
export const BATCHES_AT_ONCE = 4

/** A request with many paths that takes longer is answered 503; what was committed stays. Below the 10 s that clients are promised. */
export const BATCH_WITHIN_MS = 9000

/** The receiver publishes at once; the image-processor redispatches a photo that nobody has claimed after this time. */
export const REDISPATCH_AFTER_SECONDS = 10

/** Time to read the stamps of files, of one request with photos that failed before. Photos whose stamp comes later stay failed. */
export const STAMPS_WITHIN_MS = 2000

/** A statement whose answer is lost and its retry have to end within the 10 s of a request. */
export const DATABASE_LIMITS = { statementWithinMs: 3000, acquireWithinMs: 2000 }

/** Requests that bring photos as bytes at once; each writes to the disk of the image files. */
export const UPLOADS_AT_ONCE = 32

/** Photos of one form. */
export const FILES_OF_A_FORM = 100

/** Time to receive one photo, or a form of them, over a slow line. */
export const UPLOAD_WITHIN_MS = 5 * 60_000

/** An upload without a row, and a staged upload that nobody finished sending, are orphans when they are older. */
export const ORPHAN_MS = 60 * 60_000
