import type { Socket } from 'node:net'
import { histogram, within } from '@livepods/service'
import { createPool, type Pool, type PoolConnection, type ResultSetHeader } from 'mysql2/promise'
import { DatabaseUnavailable, translated } from './database-unavailable.ts'
import { once, retryingLockConflicts } from './transact.ts'

export type Value = string | number | boolean | Date | Buffer | null
export type Values = readonly (Value | readonly unknown[])[]

export interface DatabaseOptions {
  host: string
  port: number
  user: string
  password: string
  /** Absent: connect to the server without choosing a database. */
  database?: string
  connections?: number
  /** Milliseconds that one statement may take; then its connection is thrown away. */
  statementWithinMs?: number
  /** Milliseconds to wait for a free connection. */
  acquireWithinMs?: number
}

/** One statement after another. Parameters are `?`; an array stands for a list (`IN (?)`, `VALUES ?`). BIGINT is a string. */
export interface Session {
  rows<Row>(sql: string, values?: Values): Promise<Row[]>
  change(sql: string, values?: Values): Promise<{ affectedRows: number; insertId: string }>
}

const duration = histogram({
  name: 'database_duration_seconds',
  help: 'Time of one statement, waiting for a connection not included.',
  labels: ['verb', 'result'],
})

/**
 * A pool of connections (READ COMMITTED, UTC) on which every statement has a deadline and a lost lock race is tried again.
 * Rejects with DatabaseUnavailable when another try later may succeed.
 */
export class Database implements Session, AsyncDisposable {
  readonly #pool: Pool
  readonly #statementWithinMs: number
  readonly #acquireWithinMs: number

  constructor({ connections = 10, statementWithinMs = 10_000, acquireWithinMs = 5_000, ...server }: DatabaseOptions) {
    this.#statementWithinMs = statementWithinMs
    this.#acquireWithinMs = acquireWithinMs
    this.#pool = createPool({
      ...server,
      connectionLimit: connections,
      queueLimit: 1000,
      connectTimeout: 3000,
      enableKeepAlive: true,
      maxPreparedStatements: 100,
      supportBigNumbers: true,
      bigNumberStrings: true,
      timezone: 'Z',
      charset: 'utf8mb4_bin',
    })
    // The driver sends these before anything else on a new connection. Without backslash escapes its quoting would be wrong.
    this.#pool.on('connection', (connection: unknown) => {
      const raw = connection as { query(sql: string, done: () => void): void }
      raw.query(
        "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
        () => {},
      )
      raw.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', () => {})
    })
  }

  async rows<Row>(sql: string, values: Values = []): Promise<Row[]> {
    return await retryingLockConflicts(() => this.session((session) => session.rows<Row>(sql, values)))
  }

  async change(sql: string, values: Values = []) {
    return await retryingLockConflicts(() => this.session((session) => session.change(sql, values)))
  }

  async ping(): Promise<void> {
    await this.rows('SELECT 1')
  }

  /** Runs `work` on one connection, without a transaction. */
  async session<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const connection = await this.#acquire()
    const session = new ConnectionSession(connection, this.#statementWithinMs)
    try {
      return await work(session)
    } finally {
      if (session.broken) abandon(connection)
      else connection.release()
    }
  }

  /** Runs `work` in a transaction: committed when it resolves, rolled back when it rejects, done again when it lost a lock race. */
  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return await retryingLockConflicts(() => this.session((session) => once(session, work)))
  }

  async #acquire(): Promise<PoolConnection> {
    const acquiring = this.#pool.getConnection()
    try {
      return await within(this.#acquireWithinMs, acquiring, late(this.#acquireWithinMs, { indeterminate: false }))
    } catch (error) {
      // The pool cannot be asked to forget the request: what it hands out later goes straight back.
      acquiring.then((connection) => connection.release()).catch(() => {})
      throw translated(error, { sent: false })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A connection that breaks while it is being closed is closed.
    await this.#pool.end().catch(() => {})
  }
}

class ConnectionSession implements Session {
  /** A statement may still be running on the server, or the transaction open: the next user must not get this connection. */
  broken = false
  readonly #connection: PoolConnection
  readonly #timeout: number

  constructor(connection: PoolConnection, timeout: number) {
    this.#connection = connection
    this.#timeout = timeout
  }

  async rows<Row>(sql: string, values: Values = []): Promise<Row[]> {
    return (await this.#send(sql, values)) as Row[]
  }

  async change(sql: string, values: Values = []) {
    const { affectedRows, insertId } = (await this.#send(sql, values)) as ResultSetHeader
    return { affectedRows, insertId: String(insertId) }
  }

  async #send(sql: string, values: Values): Promise<unknown> {
    const stopTimer = duration.startTimer({ verb: /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? '' })
    // A list changes the text of the statement, and transaction control cannot be prepared everywhere.
    const prepared = values.length > 0 && !values.some(Array.isArray)
    const sent = prepared
      ? this.#connection.execute(sql, values as Value[])
      : this.#connection.query(sql, values as unknown[])
    try {
      const [result] = await within(this.#timeout, sent, late(this.#timeout, { indeterminate: true }))
      stopTimer({ result: 'ok' })
      return result
    } catch (error) {
      stopTimer({ result: 'error' })
      if (!(error as { sqlState?: string }).sqlState) this.broken = true
      throw translated(error)
    }
  }
}

/** The driver has deadlines neither for a statement (its own leaves a timer behind) nor for a free connection. */
function late(limitMs: number, { indeterminate }: { indeterminate: boolean }): () => DatabaseUnavailable {
  return () => new DatabaseUnavailable(`The database did not answer within ${limitMs} ms.`, { indeterminate })
}

/** Ends a connection at once. The driver's own `destroy` waits for the server, which may be what does not answer. */
function abandon(connection: PoolConnection): void {
  const { stream } = connection.connection as unknown as { stream: Socket }
  connection.destroy()
  stream.destroy()
}
