import { type Credential, Keyring, type PullSecret } from '../registry/credentials.ts'
import type { Reference } from '../registry/reference.ts'
import type { KeptObjects } from './kept-objects.ts'
import type { Workload } from './workload.ts'

const NOTHING = new Keyring({})

export interface PullCredentialsOptions {
  objects: Pick<KeptObjects, 'read'>
  /** For all workloads, after their own. Rejects with RegistryError. */
  fallback?: (reference: Reference) => Promise<Credential | undefined>
}

/** With what a workload's images may be read: its own pull secrets, those of its service account, and those of a file. */
export class PullCredentials {
  readonly #options: PullCredentialsOptions

  constructor(options: PullCredentialsOptions) {
    this.#options = options
  }

  /** Rejects with ClusterError when the API server does not answer, and as the fallback does; what may not be read is nothing. */
  async find(
    { namespace, pullSecrets, serviceAccount }: Pick<Workload, 'namespace' | 'pullSecrets' | 'serviceAccount'>,
    reference: Reference,
  ): Promise<Credential | undefined> {
    const { objects, fallback } = this.#options
    const account = await objects.read<{ imagePullSecrets?: { name: string }[] }>(
      namespace,
      'serviceaccounts',
      serviceAccount,
    )
    const names = [...pullSecrets, ...(account?.imagePullSecrets ?? []).map(({ name }) => name)]
    const keyrings = names.map(async (name) => {
      const secret = await objects.read<PullSecret>(namespace, 'secrets', name)
      return secret ? Keyring.ofSecret(secret) : NOTHING
    })
    return Keyring.join(await Promise.all(keyrings)).find(reference) ?? (await fallback?.(reference))
  }
}
