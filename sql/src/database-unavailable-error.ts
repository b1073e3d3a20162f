/** The database does not answer, or not now: a retry later may succeed. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError'
  readonly code = 'DATABASE_UNAVAILABLE'
  /** The statement was sent and its answer never came: it may have been carried out. */
  readonly indeterminate: boolean

  constructor(message: string, { indeterminate, cause }: { indeterminate: boolean; cause?: unknown }) {
    super(message, { cause })
    this.indeterminate = indeterminate
  }
}

/** A statement is larger than the server takes (max_allowed_packet): only one with less in it can succeed. */
export class StatementTooLargeError extends Error {
  override readonly name = 'StatementTooLargeError'
  readonly code = 'STATEMENT_TOO_LARGE'

  constructor(cause: unknown) {
    super('The statement is larger than the database takes (max_allowed_packet).', { cause })
  }
}

interface Fault {
  code?: string
  errno?: number
  /** Only what the server itself said has one; it is empty before the handshake. */
  sqlState?: string
  /** Set by the driver when the connection cannot be used any more. */
  fatal?: boolean
  message?: string
}

/**
 * Translates an error of the driver to DatabaseUnavailableError where a retry may succeed, and to StatementTooLargeError; any other error
 * stays as it is.
 */
export function translateDriverError(error: unknown, { sent = true } = {}): unknown {
  const { code = '', errno = 0, sqlState, fatal, message } = error as Fault
  // The one error of the driver without a code: more callers wait for a connection than the pool lets wait.
  if (message === 'Queue limit reached.')
    return new DatabaseUnavailableError('Too many statements are waiting for a database connection.', {
      indeterminate: false,
      cause: error,
    })
  if (errno === PACKET_TOO_LARGE) return new StatementTooLargeError(error)
  const isFromServer = sqlState !== undefined
  const passes = isFromServer
    ? TRANSIENT_SERVER_ERRORS.has(errno) || isReadOnly(error)
    : fatal || NETWORK_ERRORS.has(code)
  if (!passes) return error
  const unsent = !sent || message === CLOSED_BEFORE
  return new DatabaseUnavailableError(`The database is not available (${code || message}).`, {
    indeterminate: !unsent && (!isFromServer || MAYBE_DONE.has(errno)),
    cause: error,
  })
}

/**
 * A lock conflict: a deadlock, a lock wait time-out, or a row that was deleted between the SELECT and a reference to it. The server rolled
 * the statement back; the same transaction may succeed when it is retried.
 */
export function isLockConflict(error: unknown): boolean {
  const { errno = 0 } = ((error instanceof DatabaseUnavailableError ? error.cause : error) ?? {}) as Fault
  return LOCK_CONFLICTS.has(errno) || errno === REFERENCE_GONE
}

/** A row with the same unique key is there already. */
export function isDuplicate(error: unknown): boolean {
  return (error as Fault).errno === 1062
}

/** Whether this error ends the connection: it is lost, about to be closed, or leads to a read-only server. */
export function endsConnection(error: unknown): boolean {
  const { errno = 0, sqlState } = error as Fault
  return !sqlState || errno === PACKET_TOO_LARGE || CONNECTION_ENDS.has(errno) || isReadOnly(error)
}

/** A read-only server was the primary before a failover: all connections of the pool lead to it. */
export function isReadOnly(error: unknown): boolean {
  const { errno = 0, message = '' } = error as Fault
  // 1290 names the option that prevents the statement, and there are others than read-only.
  return READ_ONLY.has(errno) || (errno === 1290 && /read[-_]only/.test(message))
}

/** mysql2's text, without a code, for a connection that closed between two statements. */
const CLOSED_BEFORE = "Can't add new command when connection is in closed state"

const LOCK_CONFLICTS = new Set([
  1020, // MariaDB: record has changed since last read
  1205, // lock wait timeout
  1213, // deadlock; also a certification failure of Galera
  1467, // no auto-increment value: MariaDB, while other connections open the table after it was changed
  3101, // group replication: rolled back by a conflict
])

/** Cannot add or update a child row: a foreign key constraint fails. */
const REFERENCE_GONE = 1452

const PACKET_TOO_LARGE = 1153

const READ_ONLY = new Set([
  1036, // table is read only
  1792, // cannot execute in a read-only transaction
  1836, // running in read-only mode
  1874, // InnoDB is in read-only mode
])

const CONNECTION_ENDS = new Set([
  1047, // Galera: this node is not part of the cluster
  1053, // server shutdown in progress
  1152, // aborting connection
  1158, // error reading packets
  1159, // timeout reading packets
  1160, // error writing packets
  1161, // timeout writing packets
  1184, // aborting connection
  1927, // MariaDB: connection was killed
  4031, // MySQL: disconnected because of inactivity
])

const TRANSIENT_SERVER_ERRORS = new Set([
  ...LOCK_CONFLICTS,
  ...CONNECTION_ENDS,
  3, // error writing a file, such as a full disk
  1021, // disk full
  1026, // error writing a file
  1030, // error of the storage engine, such as a full disk
  1037, // out of memory
  1040, // too many connections
  1041, // out of memory
  1043, // bad handshake: cut in the middle
  1114, // table is full
  1129, // host is blocked because of many connection errors
  1180, // error during commit
  1203, // too many connections of this user
  1317, // query interrupted
  1969, // MariaDB: execution time exceeded
  3024, // MySQL: execution time exceeded
  3100, // group replication: a hook failed before the commit
])

/** Said of a statement that the server may have finished before it noticed. */
const MAYBE_DONE = new Set([1053, 1180, 1927])

const NETWORK_ERRORS = new Set([
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
