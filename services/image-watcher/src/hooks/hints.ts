import type { Log } from '@livepods/service'
import type { Workload } from '../cluster/workload.ts'
import type { Reconciler } from '../reconciler.ts'
import { hostNamed, parseReference } from '../registry/reference.ts'

/** A push that somebody told of. Only that: which digest a tag has, the registry itself is asked. */
export interface Hint {
  /** Absent: any registry. */
  host?: string | undefined
  repository: string
}

export interface HintsOptions {
  reconciler: Pick<Reconciler, 'workloads' | 'lookNow'>
  log: Log
  /** Tells the other replicas; absent: there are none. */
  tellPeers?: ((hints: readonly Hint[]) => Promise<void>) | undefined
  /** Hints for one repository within this time are one. */
  collectMs?: number
}

/** Has registries asked at once for what somebody told of; many hints at a time are as one, and those for nobody are nothing. */
export class Hints implements Disposable {
  readonly #options: HintsOptions
  readonly #waiting = new Map<string, { host: string; repository: string }>()
  /** Of them, those that the other replicas do not know of. */
  readonly #untold = new Map<string, Hint>()
  #timer: NodeJS.Timeout | undefined
  #known: { from: Workload[]; repositories: { host: string; repository: string }[] } | undefined

  constructor(options: HintsOptions) {
    this.#options = options
  }

  /** Returns how many watched repositories are meant. */
  add(hints: readonly Hint[], { byPeer = false } = {}): number {
    const meant = this.#repositories().filter((known) =>
      hints.some(
        ({ host, repository }) =>
          repository === known.repository && (host === undefined || hostNamed(host) === known.host),
      ),
    )
    for (const one of meant) {
      const key = `${one.host}/${one.repository}`
      this.#waiting.set(key, one)
      if (!byPeer) this.#untold.set(key, one)
    }
    if (meant.length > 0) this.#timer ??= setTimeout(() => this.#tell(), this.#options.collectMs ?? 250)
    return meant.length
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  #tell(): void {
    this.#timer = undefined
    const { reconciler, tellPeers, log } = this.#options
    const repositories = [...this.#waiting.values()]
    const untold = [...this.#untold.values()]
    this.#waiting.clear()
    this.#untold.clear()
    if (untold.length > 0) void tellPeers?.(untold)
    log.debug({ repositories }, 'looking after a hook')
    for (const repository of repositories) reconciler.lookNow(repository)
  }

  /** Of all watched containers; read anew once a collection. */
  #repositories(): { host: string; repository: string }[] {
    if (this.#timer === undefined || this.#known === undefined) {
      const from = this.#options.reconciler.workloads
      const all = from.flatMap(({ containers }) => containers).flatMap(({ image }) => repositoryOf(image))
      this.#known = {
        from,
        repositories: [...new Map(all.map((one) => [`${one.host}/${one.repository}`, one])).values()],
      }
    }
    return this.#known.repositories
  }
}

function repositoryOf(image: string): { host: string; repository: string }[] {
  try {
    const { host, repository } = parseReference(image)
    return [{ host, repository }]
  } catch {
    return []
  }
}
