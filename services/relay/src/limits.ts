/** What is sent to the sink at once. */
export const BATCH = { records: 1000, bytes: 1_000_000 }

/** Bytes of all requests that are being received and stored; more are refused. */
export const MAX_RECEIVING_BYTES = 64 * 1024 * 1024

export const RECEIVE_WITHIN_MS = 15_000

/** A sender of /relay.php waits so long for the sink. */
export const ANSWER_SOON_MS = 1000

/** Dead letters on one page. */
export const PAGE = 100
