import type { Socket } from 'node:net'
import { within } from '@livepods/service'
import { createPool, type Pool, type PoolConnection, type SslOptions } from 'mysql2/promise'
import { connectionSettings } from './connection-settings.ts'
import { type DatabaseTls, driverTls, explainRefusal, renewFiles } from './database-tls.ts'
import { translateDriverError } from './database-unavailable-error.ts'
import { abandon, ConnectionSession, type Session, tooLate, type Values } from './session.ts'
import { once, retryingLockConflicts } from './transact.ts'

export interface DatabaseOptions {
  host: string
  port: number
  user: string
  password: string
  /** Absent: connect to the server without choosing a database. */
  database?: string
  /** Absent: no TLS. */
  tls?: DatabaseTls | undefined
  connections?: number
  /** Milliseconds for one statement, retries after lock conflicts included; then its connection is destroyed. */
  statementWithinMs?: number
  /** Milliseconds to wait for a free connection. */
  acquireWithinMs?: number
}

/** Below the time after which a server ends an idle connection: none is used that is just being closed. */
const LONGEST_IDLE_MS = 30_000
/** A connection that is idle for so long is given back: what a busy minute opened must not keep others out of the server. */
const GIVEN_BACK_AFTER_MS = 5000
const MAX_BYTES = 'SELECT @@max_allowed_packet AS bytes'
/** On top of the deadline of the statements that are still under way. */
const CLOSE_WITHIN_MS = 1000

/** A connection as the driver gives it to listeners. */
interface RawConnection {
  stream: Socket
  query(sql: string, done: (error: unknown, rows?: { bytes: string }[]) => void): void
}

/**
 * A pool of connections (READ COMMITTED, UTC). Every statement has a deadline, and is retried after a lock conflict. Rejects with
 * DatabaseUnavailableError when a retry later may succeed.
 */
export class Database implements Session, AsyncDisposable {
  readonly #pool: Pool
  readonly #statementWithinMs: number
  readonly #acquireWithinMs: number
  readonly #tls: DatabaseTls | undefined
  readonly #ssl: SslOptions | undefined
  /** When each reusable connection was released; connections that are not in here are destroyed at their next acquire. */
  #usable = new WeakMap<object, number>()
  readonly #open = new Set<Socket>()
  /** What the server behind each connection takes of one statement. */
  readonly #maxBytes = new WeakMap<object, number>()

  constructor(options: DatabaseOptions) {
    const { connections = 10, statementWithinMs = 10_000, acquireWithinMs = 5_000, tls, ...server } = options
    this.#tls = tls
    this.#ssl = tls && driverTls(tls)
    this.#statementWithinMs = statementWithinMs
    this.#acquireWithinMs = acquireWithinMs
    this.#pool = createPool({
      ...server,
      ...(this.#ssl && { ssl: this.#ssl }),
      connectionLimit: connections,
      // Only with one less than there may be does the driver look for idle ones at all; it keeps so many, however idle they are not.
      maxIdle: Math.max(1, connections - 1),
      idleTimeout: GIVEN_BACK_AFTER_MS,
      queueLimit: 1000,
      connectTimeout: 3000,
      // A peer that vanished is noticed after 20 s (Node asks every second, ten times).
      keepAliveInitialDelay: 10_000,
      maxPreparedStatements: 100,
      supportBigNumbers: true,
      bigNumberStrings: true,
      timezone: 'Z',
      charset: 'utf8mb4_bin',
    })
    // The driver sends these before anything else on a new connection.
    this.#pool.on('connection', (connection: unknown) => {
      const raw = connection as RawConnection
      this.#open.add(raw.stream)
      raw.stream.once('close', () => this.#open.delete(raw.stream))
      for (const setting of connectionSettings(statementWithinMs)) raw.query(setting, () => {})
      raw.query(MAX_BYTES, (_error, rows) => this.#maxBytes.set(raw, Number(rows?.[0]?.bytes)))
      this.#usable.set(raw, performance.now())
    })
  }

  async rows<Row>(sql: string, values: Values = []): Promise<Row[]> {
    return await this.#retrying(() => this.session((session) => session.rows<Row>(sql, values)))
  }

  async change(sql: string, values: Values = []) {
    return await this.#retrying(() => this.session((session) => session.change(sql, values)))
  }

  async ping(): Promise<void> {
    await this.rows('SELECT 1')
  }

  /** Runs `work` on one connection, without a transaction. */
  async session<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return await this.#connected(work)
  }

  /** Runs `work` in a transaction: committed when it resolves, rolled back when it rejects, retried after a lock conflict. */
  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return await this.#retrying(() => this.#connected((session) => once(session, work)))
  }

  async #connected<T>(work: (session: ConnectionSession) => Promise<T>): Promise<T> {
    const connection = await this.#acquire()
    const session = new ConnectionSession(connection, {
      timeout: this.#statementWithinMs,
      maxBytes: () => this.#maxBytes.get(connection.connection) ?? Number.POSITIVE_INFINITY,
    })
    try {
      return await work(session)
    } finally {
      if (session.serverChanged) this.#usable = new WeakMap()
      if (session.broken) abandon(connection)
      else {
        if (this.#usable.has(connection.connection)) this.#usable.set(connection.connection, performance.now())
        connection.release()
      }
    }
  }

  async #acquire(): Promise<PoolConnection> {
    for (;;) {
      if (this.#tls && this.#ssl) renewFiles(this.#ssl, this.#tls)
      const acquiring = this.#pool.getConnection()
      try {
        const late = () => {
          throw tooLate(this.#acquireWithinMs, { indeterminate: false })
        }
        const connection = await within(this.#acquireWithinMs, acquiring, late)
        const since = this.#usable.get(connection.connection) ?? Number.NEGATIVE_INFINITY
        if (performance.now() - since < LONGEST_IDLE_MS) return connection
        abandon(connection)
      } catch (error) {
        // A request to the pool cannot be cancelled: the connection that comes later is released at once.
        acquiring.then((connection) => connection.release()).catch(() => {})
        throw translateDriverError(explainRefusal(error, this.#tls), { sent: false })
      }
    }
  }

  async #retrying<T>(work: () => Promise<T>): Promise<T> {
    return await retryingLockConflicts(work, this.#statementWithinMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A connection that breaks while it is being closed is closed; for one that is thrown away meanwhile the driver waits for ever.
    const ended = this.#pool.end().catch(() => {})
    const limitMs = this.#statementWithinMs + CLOSE_WITHIN_MS
    await within(limitMs, ended, () => {})
    for (const socket of this.#open) socket.destroy()
  }
}
