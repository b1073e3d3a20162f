import { hash } from 'node:crypto'
import type { KeptObjects } from './cluster/kept-objects.ts'
import type { Workload } from './cluster/workload.ts'
import { AnnotationError } from './policy/errors.ts'
import { isSigned, publicKey } from './policy/signature.ts'
import { RegistryError } from './registry/errors.ts'
import type { Registry, Repository } from './registry/registry.ts'

interface Secret {
  data?: Record<string, string>
}

/** The name that `cosign generate-key-pair k8s://…` gives a public key in its Secret. */
const USUAL_KEY = 'cosign.pub'
/** Digests that are known to be signed. */
const MAX_KNOWN = 10_000

/** Whether images are signed by the keys that workloads name: `livepods.dev/signature: <Secret>[/<key in it>]`. */
export class Signatures {
  readonly #registry: Pick<Registry, 'signaturesOf'>
  readonly #objects: Pick<KeptObjects, 'read'>
  readonly #signed = new Set<string>()
  /** What was answered since registries were asked last. */
  readonly #answers = new Map<string, Promise<string | undefined>>()

  constructor(registry: Pick<Registry, 'signaturesOf'>, objects: Pick<KeptObjects, 'read'>) {
    this.#registry = registry
    this.#objects = objects
  }

  /** Why a digest may not be rolled out; undefined: it is signed, or need not be. Rejects with ClusterError. */
  async fault(
    { namespace, annotations }: Pick<Workload, 'namespace' | 'annotations'>,
    repository: Repository,
    digest: string,
  ): Promise<string | undefined> {
    const { signature: name } = annotations
    if (name === undefined) return undefined
    const pem = await this.#pem(namespace, name)
    if (pem === undefined) return `The key of livepods.dev/signature is not there, or may not be read: Secret ${name}.`
    const question = JSON.stringify([hash('sha256', pem), repository.host, repository.repository, digest])
    if (this.#signed.has(question)) return undefined
    const answer = this.#answers.get(question) ?? this.#verify({ repository, digest }, pem, name)
    this.#answers.set(question, answer)
    const fault = await answer
    if (fault === undefined) this.#remember(question)
    return fault
  }

  /** From now on registries are asked again for what is not signed yet. */
  forget(): void {
    this.#answers.clear()
  }

  async #pem(namespace: string, annotation: string): Promise<string | undefined> {
    const [secret = '', key = USUAL_KEY] = annotation.split('/')
    const data = (await this.#objects.read<Secret>(namespace, 'secrets', secret))?.data?.[key]
    return data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8')
  }

  async #verify(
    { repository, digest }: { repository: Repository; digest: string },
    pem: string,
    name: string,
  ): Promise<string | undefined> {
    try {
      const key = publicKey(pem, name)
      const image = { ...repository, digest }
      for await (const one of this.#registry.signaturesOf(repository, digest))
        if (isSigned(one, key, image)) return undefined
      return `It has no signature of ${name}.`
    } catch (error) {
      if (error instanceof RegistryError || error instanceof AnnotationError) return error.message
      throw error
    }
  }

  #remember(question: string): void {
    // The oldest go first.
    for (const old of this.#signed) if (this.#signed.size >= MAX_KNOWN) this.#signed.delete(old)
    this.#signed.add(question)
  }
}
