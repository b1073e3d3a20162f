import type { PullCredentials } from './cluster/pull-credentials.ts'
import type { Container, Workload } from './cluster/workload.ts'
import { chooseTag } from './policy/candidate.ts'
import { policyOf } from './policy/policy.ts'
import type { TagState } from './registry/manifests.ts'
import { parseReference } from './registry/reference.ts'
import type { Registry, Repository } from './registry/registry.ts'
import type { Signatures } from './signatures.ts'

/** What a container could have. */
export interface Candidate {
  tag: string
  digest: string
  repository: Repository
  /** Why its signature does not let it through. */
  unsigned?: string
  warning?: string
}

export interface ObserverOptions {
  registry: Registry
  credentials: Pick<PullCredentials, 'find'>
  signatures: Pick<Signatures, 'fault' | 'forget'>
}

interface Kept<T> {
  /** The question: registry, repository and who asks. */
  repository: Pick<Repository, 'host' | 'repository'>
  answer: Promise<T>
}

/** Asks registries for the tags of containers, each question once an interval, however many workloads have it. */
export class Observer {
  readonly #registry: Registry
  readonly #credentials: Pick<PullCredentials, 'find'>
  readonly #signatures: Pick<Signatures, 'fault' | 'forget'>
  readonly #digests = new Map<string, Kept<TagState>>()
  readonly #lists = new Map<string, Kept<string[]>>()
  /** What was known before, to ask only whether it changed. */
  #former = new Map<string, TagState>()

  constructor({ registry, credentials, signatures }: ObserverOptions) {
    this.#registry = registry
    this.#credentials = credentials
    this.#signatures = signatures
  }

  /**
   * The tag and digest that a container's policy chooses; undefined: none. Rejects with RegistryError, ClusterError, AnnotationError or
   * InvalidReferenceError.
   */
  async observe(workload: Workload, { name, image }: Container): Promise<Candidate | undefined> {
    const reference = parseReference(image)
    const policy = policyOf(workload.annotations, name)
    const credential = await this.#credentials.find(workload, reference)
    const { host, repository } = reference
    const asked: Repository = { host, repository, credential }
    // Nobody knows of which tag a digest alone was.
    if (policy.kind === 'digest' && reference.tag === undefined && reference.digest !== undefined) return undefined
    const present = reference.tag ?? 'latest'
    const tag = policy.kind === 'digest' ? present : chooseTag(policy, await this.#tags(asked), present)
    if (tag === undefined) return undefined
    const { digest } = await this.#digest(asked, tag)
    const warning = policy.kind === 'regex' ? policy.warning : undefined
    const isThere = reference.tag === tag && reference.digest === digest
    const unsigned = isThere ? undefined : await this.#signatures.fault(workload, asked, digest)
    return { tag, digest, repository: asked, ...(unsigned && { unsigned }), ...(warning && { warning }) }
  }

  /** The registry has exactly this. Rejects with RegistryError. */
  async confirm({ repository, digest }: Candidate): Promise<void> {
    await this.#registry.confirmDigest(repository, digest)
  }

  /** From now on registries are asked again: for all, or for one repository. */
  forget(only?: Pick<Repository, 'host' | 'repository'>): void {
    const isMeant = ({ repository }: Kept<unknown>) =>
      only === undefined || (repository.host === only.host && repository.repository === only.repository)
    this.#signatures.forget()
    for (const kept of [this.#digests, this.#lists]) for (const [key, one] of kept) if (isMeant(one)) kept.delete(key)
  }

  async #digest(repository: Repository, tag: string): Promise<TagState> {
    const key = keyOf(repository, tag)
    const kept = this.#digests.get(key)
    if (kept) return await kept.answer
    const answer = this.#registry.readTag(repository, tag, this.#former.get(key))
    this.#digests.set(key, { repository, answer })
    const state = await answer
    this.#former.set(key, state)
    return state
  }

  async #tags(repository: Repository): Promise<string[]> {
    const key = keyOf(repository)
    const kept = this.#lists.get(key)
    if (kept) return await kept.answer
    const answer = this.#registry.listTags(repository)
    this.#lists.set(key, { repository, answer })
    return await answer
  }

  /** Drops what nobody asked for since. */
  prune(): void {
    this.#former = new Map([...this.#former].filter(([key]) => this.#digests.has(key)))
  }
}

function keyOf({ host, repository, credential }: Repository, tag?: string): string {
  return JSON.stringify([host, repository, tag, credential?.username, credential?.password, credential?.identityToken])
}
