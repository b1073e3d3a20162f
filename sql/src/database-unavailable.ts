/** The database does not answer, or not now: worth another try later. */
export class DatabaseUnavailable extends Error {
  /** The statement was sent and its answer never came: it may have been carried out. */
  readonly indeterminate: boolean

  constructor(message: string, { indeterminate, cause }: { indeterminate: boolean; cause?: unknown }) {
    super(message, { cause })
    this.name = 'DatabaseUnavailable'
    this.indeterminate = indeterminate
  }
}

interface ServerFault {
  code?: string
  errno?: number
  sqlState?: string
  message?: string
}

/** Turns what the driver throws into DatabaseUnavailable where another try may succeed; every other error stays as it is. */
export function translated(error: unknown, { sent = true } = {}): unknown {
  const { code = '', errno = 0, sqlState, message } = error as ServerFault
  // An error of the driver without a code: more callers wait for a connection than the pool lets wait.
  if (message === 'Queue limit reached.')
    return new DatabaseUnavailable('Too many wait for the database.', { indeterminate: false, cause: error })
  // Nor has the one about a connection that ended before.
  if (message?.startsWith("Can't add new command when connection is in closed state"))
    return new DatabaseUnavailable('The connection to the database was lost.', { indeterminate: false, cause: error })
  if (sqlState && !TRANSIENT_SERVER_ERRORS.has(errno)) return error
  if (!sqlState && !TRANSIENT_DRIVER_ERRORS.has(code)) return error
  return new DatabaseUnavailable(`The database is not available (${code}).`, {
    indeterminate: sent && !sqlState,
    cause: error,
  })
}

/** A deadlock, or a wait for a lock that took too long: the server undid the statement; the same again may succeed. */
export function isLockConflict(error: unknown): boolean {
  const { errno } = ((error instanceof DatabaseUnavailable ? error.cause : error) ?? {}) as ServerFault
  return errno === ER_LOCK_DEADLOCK || errno === ER_LOCK_WAIT_TIMEOUT || errno === ER_CHECKREAD
}

const ER_CHECKREAD = 1020 // MariaDB: record has changed since last read
const ER_LOCK_WAIT_TIMEOUT = 1205
const ER_LOCK_DEADLOCK = 1213

const TRANSIENT_SERVER_ERRORS = new Set([
  1021, // disk full
  1040, // too many connections
  1053, // server shutdown in progress
  1114, // table is full
  1203, // too many connections of this user
  ER_LOCK_WAIT_TIMEOUT,
  ER_LOCK_DEADLOCK,
  1290, // read-only after a failover
  1317, // query interrupted
  1792, // read-only transaction
  1836, // read-only mode
  1927, // MariaDB: connection was killed
  3024, // execution time exceeded
])

const TRANSIENT_DRIVER_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
])
