/** Seconds without a word after which the server ends a connection; MySQL has nothing shorter for one in a transaction. */
const IDLE_SECONDS = 60

/**
 * What every connection is told at its beginning, as statements, so that a process that is stopped or cut off holds its locks for
 * seconds and not for the hours of the defaults: MariaDB ends its transaction when it says nothing for as long as one statement may
 * take, MySQL its connection after a minute; and who waits for such a lock gives up before its own deadline.
 */
export function connectionSettings(statementWithinMs: number): string[] {
  const statementSeconds = Math.max(1, Math.ceil(statementWithinMs / 1000))
  const lockWaitSeconds = Math.min(50, Math.max(1, Math.round(statementSeconds / 5)))
  return [
    // Without backslash escapes the driver's quoting would be wrong.
    `SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
      innodb_lock_wait_timeout = ${lockWaitSeconds}, wait_timeout = ${IDLE_SECONDS}
      /*M! , idle_transaction_timeout = ${statementSeconds} */`,
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  ]
}
