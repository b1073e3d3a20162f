import type { Socket } from 'node:net'
import { histogram, within } from '@livepods/service'
import type { PoolConnection, ResultSetHeader } from 'mysql2/promise'
import {
  DatabaseUnavailableError,
  endsConnection,
  isReadOnly,
  StatementTooLargeError,
  translateDriverError,
} from './database-unavailable-error.ts'

export type Value = string | number | boolean | Date | Buffer | null
export type Values = readonly (Value | readonly unknown[])[]

/** One statement after another. Parameters are `?`; an array stands for a list (`IN (?)`, `VALUES ?`). BIGINT is a string. */
export interface Session {
  rows<Row>(sql: string, values?: Values): Promise<Row[]>
  change(sql: string, values?: Values): Promise<{ affectedRows: number; insertId: string }>
  /** Its connection cannot be used any more: the server rolls its transaction back and releases its locks. */
  readonly broken?: boolean
}

const duration = histogram({
  name: 'database_duration_seconds',
  help: 'Time of one statement, waiting for a connection not included.',
  labels: ['verb', 'result'],
})

/** Statements on one connection of the pool, each with a deadline. */
export class ConnectionSession implements Session {
  /** A statement may still be running on the server, or the transaction open: the next user must not get this connection. */
  broken = false
  /** The route to the server, or the server itself, has changed: all other connections of the pool must be replaced. */
  serverChanged = false
  readonly #connection: PoolConnection
  readonly #timeout: number
  readonly #maxBytes: () => number

  /** `maxBytes` is what the server takes of one statement (max_allowed_packet). */
  constructor(connection: PoolConnection, { timeout, maxBytes }: { timeout: number; maxBytes(): number }) {
    this.#connection = connection
    this.#timeout = timeout
    this.#maxBytes = maxBytes
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
    const sent = isPrepared(values)
      ? this.#connection.execute(sql, values as Value[])
      : this.#connection.query(sql, values as unknown[])
    try {
      const [result] = await within(this.#timeout, sent, () => {
        this.serverChanged = true
        throw tooLate(this.#timeout, { indeterminate: true })
      })
      stopTimer({ result: 'ok' })
      return result
    } catch (error) {
      stopTimer({ result: 'error' })
      if (endsConnection(error)) this.broken = true
      if (isReadOnly(error)) this.serverChanged = true
      const translated = translateDriverError(error)
      // The server closes while the rest is still being written, and its error is then lost with the connection.
      if (translated instanceof DatabaseUnavailableError && this.broken && this.#size(sql, values) > this.#maxBytes())
        throw new StatementTooLargeError(error)
      throw translated
    }
  }

  /** Bytes of a statement on the wire, some of its framing left out. */
  #size(sql: string, values: Values): number {
    if (!isPrepared(values)) return Buffer.byteLength(this.#connection.format(sql, values as unknown[]))
    const bytes = (value: unknown) => (Buffer.isBuffer(value) ? value.length : Buffer.byteLength(String(value)))
    return values.reduce((sum: number, value) => sum + bytes(value), 0)
  }
}

/** A list changes the text of the statement, and transaction control cannot be prepared everywhere. */
const isPrepared = (values: Values) => values.length > 0 && !values.some(Array.isArray)

/** The driver has deadlines neither for a statement (its own leaves a timer behind) nor for a free connection. */
export function tooLate(limitMs: number, { indeterminate }: { indeterminate: boolean }): DatabaseUnavailableError {
  return new DatabaseUnavailableError(`The database did not answer within ${limitMs} ms.`, { indeterminate })
}

/** Ends a connection at once. The driver's own `destroy` waits for the server, which may be what does not answer. */
export function abandon(connection: PoolConnection): void {
  const { stream } = connection.connection as unknown as { stream: Socket }
  connection.destroy()
  stream.destroy()
}
