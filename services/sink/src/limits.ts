/** Each may hold the 8 MiB of its body and as much again while it is read. */
export const MAX_CONCURRENT_BATCHES = 16

/** Above the time of one statement. */
export const ANSWER_WITHIN_MS = 15_000

/** Numbers that one request may skip: each becomes a row, in one transaction. */
export const MAX_SKIPPED = 10_000
