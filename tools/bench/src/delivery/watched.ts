import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { FakeCluster, FakeRegistry } from '@livepods/fakes'
import { type Kind, Server } from '../server.ts'

export interface WatchedOptions {
  workloads: number
  repositories: number
  registries: number
  intervalSeconds: number
  /** Folder of what Node has compiled. */
  compiled: string
}

interface Home {
  registry: FakeRegistry
  repository: string
}

const MAIN = fileURLToPath(new URL('../../../../services/image-watcher/src/main.ts', import.meta.url))
const SECRET = 'bench'
/** What Node chooses by itself in the 256 MiB that its pod may have. */
const HEAP = '--max-old-space-size=128 --max-semi-space-size=1'

/** An image-watcher as a process of its own, with a cluster and registries in this one. */
export class Watched implements AsyncDisposable {
  readonly cluster: FakeCluster
  readonly registries: readonly FakeRegistry[]
  readonly homes: readonly Home[]
  readonly options: WatchedOptions
  readonly server: Server

  static async start(options: WatchedOptions): Promise<Watched> {
    const { workloads, repositories, registries: count } = options
    const cluster = await FakeCluster.start()
    const start = async () => await FakeRegistry.start({ anonymousTokens: true })
    const registries = await Promise.all(Array.from({ length: count }, start))
    const homes = Array.from({ length: repositories }, (_, index) => ({
      registry: registries[index % count] as FakeRegistry,
      repository: `team/app-${index}`,
    }))
    for (const home of homes) home.registry.push(home.repository, 'latest', 'one')
    for (let index = 0; index < workloads; index++)
      cluster.add(`app-${index}`, { image: imageOf(homes[index % repositories] as Home) })
    const server = await Server.start(kindOf(cluster, registries, options), options.compiled)
    return new Watched({ cluster, registries, homes, options, server })
  }

  private constructor(parts: Pick<Watched, 'cluster' | 'registries' | 'homes' | 'options' | 'server'>) {
    this.cluster = parts.cluster
    this.registries = parts.registries
    this.homes = parts.homes
    this.options = parts.options
    this.server = parts.server
  }

  /** HEADs that were answered with a digest; those before a token was there are none of them. */
  get heads(): number {
    return this.#asked(({ method, authorization }) => method === 'HEAD' && authorization !== undefined)
  }

  get tokens(): number {
    return this.#asked(({ url }) => url.startsWith('/token'))
  }

  /** Resolves when every workload has a digest, and is up. Rejects when the signal aborts. */
  async rolledOut(signal: AbortSignal): Promise<void> {
    for (;;) {
      const { workloads } = await this.status()
      const done = workloads.filter(({ containers }) => containers.every(({ phase }) => phase === 'done'))
      if (done.length === this.options.workloads) return
      await sleep(500, undefined, { signal })
    }
  }

  async status(): Promise<{ workloads: { workload: string; containers: { phase?: string }[] }[] }> {
    return (await (await fetch(`http://127.0.0.1:${this.server.port}/v1/status`)).json()) as never
  }

  /** Tells of a push, as a registry does. */
  async hook({ registry, repository }: Home): Promise<void> {
    const event = { action: 'push', target: { repository, tag: 'latest' }, request: { host: registry.host } }
    const answer = await fetch(`http://127.0.0.1:${this.server.port}/hooks/distribution`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
      body: JSON.stringify({ events: [event] }),
    })
    if (answer.status !== 202) throw new Error(`A hook was answered with ${answer.status}.`)
  }

  #asked(isMeant: (request: FakeRegistry['requests'][number]) => boolean): number {
    return this.registries.reduce((sum, { requests }) => sum + requests.filter(isMeant).length, 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
    for (const registry of this.registries) await registry[Symbol.asyncDispose]()
    await this.cluster[Symbol.asyncDispose]()
  }
}

export function imageOf({ registry, repository }: Home): string {
  return `${registry.host}/${repository}:latest`
}

function kindOf(cluster: FakeCluster, registries: readonly FakeRegistry[], options: WatchedOptions): Kind {
  const hosts = registries.map(({ host }) => [host, { plainHttp: true }] as const)
  return {
    name: 'image-watcher',
    command: process.execPath,
    args: () => [MAIN],
    file: { name: 'registries.json', text: () => JSON.stringify(Object.fromEntries(hosts)) },
    environment: (port, folder) => ({
      NODE_OPTIONS: HEAP,
      HOST: '127.0.0.1',
      PORT: `${port}`,
      OPS_PORT: '0',
      LOG_LEVEL: 'warn',
      DRAIN_SECONDS: '0',
      KUBERNETES_URL: cluster.url,
      REGISTRY_HOSTS_FILE: `${folder}/registries.json`,
      HOOK_SECRET: SECRET,
      INTERVAL_SECONDS: `${options.intervalSeconds}`,
      ROLLOUTS_AT_ONCE: '1000',
    }),
  }
}
