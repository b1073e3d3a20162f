import type { Log } from '@livepods/service'
import type { Connection } from './connection.ts'
import { ClusterError } from './errors.ts'

const KEPT_MS = 300_000

/** Objects that are read by their names, each at most every five minutes. */
export class KeptObjects {
  readonly #connection: Connection
  readonly #log: Log
  readonly #kept = new Map<string, { value: Promise<unknown>; untilMs: number }>()

  constructor(connection: Connection, log: Log) {
    this.#connection = connection
    this.#log = log
  }

  /** Undefined: it is not there, or may not be read. Rejects with ClusterError when the API server does not answer. */
  async read<T>(namespace: string, plural: 'secrets' | 'serviceaccounts', name: string): Promise<T | undefined> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${plural}/${encodeURIComponent(name)}`
    const kept = this.#kept.get(path)
    if (kept && kept.untilMs > performance.now()) return (await kept.value) as T | undefined
    const value = this.#ask<T>(path)
    this.#kept.set(path, { value, untilMs: performance.now() + KEPT_MS })
    // A failure is no answer to keep.
    value.catch(() => this.#kept.delete(path))
    return await value
  }

  async #ask<T>(path: string): Promise<T | undefined> {
    try {
      return await this.#connection.request<T>({ path })
    } catch (error) {
      if (!(error instanceof ClusterError) || (error.status !== 404 && error.status !== 403)) throw error
      this.#log.debug({ path, reason: error.message }, 'object is not there for us')
      return undefined
    }
  }
}
