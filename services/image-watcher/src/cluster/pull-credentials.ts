import type { Log } from '@livepods/service'
import { type Credential, Keyring, type PullSecret } from '../registry/credentials.ts'
import type { Reference } from '../registry/reference.ts'
import type { Connection } from './connection.ts'
import { ClusterError } from './errors.ts'
import type { Workload } from './workload.ts'

const KEPT_MS = 300_000
const NOTHING = new Keyring({})

export interface PullCredentialsOptions {
  connection: Connection
  log: Log
  /** For all workloads, after their own. */
  fallback?: Keyring
}

/** With what a workload's images may be read: its own pull secrets, those of its service account, and those of a file. */
export class PullCredentials {
  readonly #options: PullCredentialsOptions
  readonly #kept = new Map<string, { value: Promise<unknown>; untilMs: number }>()

  constructor(options: PullCredentialsOptions) {
    this.#options = options
  }

  /** Rejects with ClusterError when the API server does not answer; what may not be read is nothing. */
  async find(
    { namespace, pullSecrets, serviceAccount }: Workload,
    reference: Reference,
  ): Promise<Credential | undefined> {
    const account = await this.#read<{ imagePullSecrets?: { name: string }[] }>(
      namespace,
      'serviceaccounts',
      serviceAccount,
    )
    const names = [...pullSecrets, ...(account?.imagePullSecrets ?? []).map(({ name }) => name)]
    const keyrings = names.map(async (name) => {
      const secret = await this.#read<PullSecret>(namespace, 'secrets', name)
      return secret ? Keyring.ofSecret(secret) : NOTHING
    })
    return Keyring.join([...(await Promise.all(keyrings)), this.#options.fallback ?? NOTHING]).find(reference)
  }

  async #read<T>(namespace: string, plural: string, name: string): Promise<T | undefined> {
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
    const { connection, log } = this.#options
    try {
      return await connection.request<T>({ path })
    } catch (error) {
      if (!(error instanceof ClusterError) || (error.status !== 404 && error.status !== 403)) throw error
      log.debug({ path, reason: error.message }, 'nothing to sign in with')
      return undefined
    }
  }
}
