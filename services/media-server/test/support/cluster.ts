import { freePorts } from '@livepods/system'
import { eventually, type SpawnedService, spawnService, TcpProxy } from '@livepods/testing'

export const MAIN = new URL('../../src/main.ts', import.meta.url)
export const SECRET = 'a secret of all replicas'

export interface Replica {
  service: SpawnedService
  /** http://127.0.0.1:<port> */
  http: string
  rtmp: string
  rtmpPort: number
  peerPort: number
}

/** Replicas of the media server, each a process of its own, on ports that stay the same when one is started again. */
export class TestCluster implements AsyncDisposable {
  readonly replicas: Replica[] = []
  /** Between each replica and each other one, where the network can be cut. */
  readonly proxies: TcpProxy[] = []
  readonly #environments: Record<string, string>[]

  /** As `start`; replicas reach each other through `proxies` only. */
  static async startWithProxies(count: number, environment: Record<string, string> = {}): Promise<TestCluster> {
    return await TestCluster.#start(count, environment, true)
  }

  static async start(count: number, environment: Record<string, string> = {}): Promise<TestCluster> {
    return await TestCluster.#start(count, environment, false)
  }

  static async #start(count: number, environment: Record<string, string>, hasProxies: boolean): Promise<TestCluster> {
    const names = Array.from({ length: count }, (_, index) => index)
    const free = await freePorts(
      Object.fromEntries(names.flatMap((index) => ['peer', 'http', 'rtmp'].map((kind) => [`${kind}${index}`, 0]))),
    )
    const ports = names.map((index) => ['peer', 'http', 'rtmp'].map((kind) => String(free[`${kind}${index}`])))
    const peers = ports.map(([peer]) => `127.0.0.1:${peer}`).join()
    const cluster = new TestCluster(
      ports.map(([peer = '', http = '', rtmp = '']) => ({
        PEER_PORT: peer,
        PORT: http,
        RTMP_PORT: rtmp,
        MEDIA_PEERS: peers,
        PEER_SECRET: SECRET,
        DRAIN_SECONDS: '0',
        // On a machine with much to do: no test is about these.
        PEER_ANSWER_MS: '60000',
        PEER_LOST_SECONDS: '60',
        ...environment,
      })),
    )
    if (hasProxies) await cluster.#addProxies()
    await Promise.all(ports.map(async (_, index) => await cluster.start(index)))
    return cluster
  }

  private constructor(environments: Record<string, string>[]) {
    this.#environments = environments
  }

  async #addProxies(): Promise<void> {
    const ports = this.#environments.map(({ PEER_PORT }) => Number(PEER_PORT))
    for (const [index, environment] of this.#environments.entries()) {
      const others = ports.filter((_, other) => other !== index)
      const proxies = await Promise.all(others.map(async (port) => await TcpProxy.open({ host: '127.0.0.1', port })))
      this.proxies.push(...proxies)
      environment.MEDIA_PEERS = proxies.map(({ port }) => `127.0.0.1:${port}`).join()
    }
  }

  at(index: number): Replica {
    return this.replicas[index] as Replica
  }

  /** Starts a replica, or the one again that has ended. */
  async start(index: number, more: Record<string, string> = {}): Promise<void> {
    const environment = { ...(this.#environments[index] as Record<string, string>), ...more }
    const service = await spawnService(MAIN, environment)
    const { PORT, RTMP_PORT, PEER_PORT } = environment
    this.replicas[index] = {
      service,
      http: `http://127.0.0.1:${PORT}`,
      rtmp: `rtmp://127.0.0.1:${RTMP_PORT}`,
      rtmpPort: Number(RTMP_PORT),
      peerPort: Number(PEER_PORT),
    }
    await service.ready()
  }

  /** Resolves when each replica has heard all the others. */
  async together(others = this.replicas.length - 1): Promise<void> {
    await Promise.all(
      this.replicas.map(
        async ({ service }) =>
          await eventually(async () => {
            const metrics = await (await fetch(`${service.ops}/metrics`)).text()
            const [, peers] = /^livepods_peers (\d+)$/m.exec(metrics) ?? []
            if (Number(peers) !== others) throw new Error(`${peers} peers`)
          }),
      ),
    )
  }

  /** The value of a metric without labels, of one replica. */
  async metric(index: number, name: string): Promise<number> {
    const metrics = await (await fetch(`${this.at(index).service.ops}/metrics`)).text()
    const [, value] = new RegExp(`^livepods_${name} (\\S+)$`, 'm').exec(metrics) ?? []
    return Number(value)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.replicas.map(async ({ service }) => await service[Symbol.asyncDispose]()))
    await Promise.all(this.proxies.map(async (proxy) => await proxy[Symbol.asyncDispose]()))
  }
}
