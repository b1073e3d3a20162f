import type { AddressInfo } from 'node:net'
import { Access } from '@livepods/access'
import { drain } from '@livepods/http'
import { Assets } from '@livepods/page'
import { PeriodicTask, type ServiceOptions } from '@livepods/service'
import { buildApp } from './app.ts'
import { checkConfig } from './check-config.ts'
import { AdmittedStreams } from './clients/admitted-streams.ts'
import { Clients } from './clients/clients.ts'
import { Cluster } from './cluster/cluster.ts'
import type { Config } from './config.ts'
import { GuardedStreams } from './guarded-streams.ts'
import { type FailPolicy, Hooks } from './hooks/hooks.ts'
import { tellSegments } from './hooks/tell-segments.ts'
import type { Claims } from './hub/claims.ts'
import type { ConflictPolicy } from './hub/conflict.ts'
import { Hub } from './hub/hub.ts'
import { MorePorts } from './more-ports.ts'
import { BROWSER_ASSETS, readNotices } from './pages/browser-packages.ts'
import { loadEngine, type RtmpEngine } from './rtmp/engine.ts'
import { RtmpListener } from './rtmp/rtmp-listener.ts'
import { StreamTokens } from './stream-tokens.ts'

type Options = ServiceOptions<Config>

const MIB = 1024 * 1024
const MEASURE_EVERY_MS = 1000

const ASSETS = { live: new URL('../assets/', import.meta.url), ...BROWSER_ASSETS }

/** Takes streams from encoders and sends them to viewers. */
export class MediaServer implements AsyncDisposable {
  readonly #options: Options
  readonly #stack = new AsyncDisposableStack()
  readonly #closing = new AbortController()
  #ports: { http: number; rtmp: number } | undefined

  constructor(options: Options) {
    this.#options = options
  }

  /** Where it listens, once it does. */
  get ports(): { http: number; rtmp: number } {
    if (!this.#ports) throw new Error('It does not listen yet.')
    return this.#ports
  }

  /** Resolves when it listens. Call it once. */
  async start(): Promise<void> {
    const { config, log, ops, signal } = this.#options
    const { HOST: host, TRUST_PROXY: trustProxy } = config
    const stack = this.#stack

    checkConfig(config)
    const engine = await loadEngine(config.RTMP_ENGINE as RtmpEngine)
    const access = stack.use(await Access.open(config, log))
    const hooks = this.#hooks()
    const { MEDIA_PEERS: peers } = config
    // Both know each other: the hub asks the cluster before it lets a publisher in.
    let cluster: Cluster | undefined
    const claims: Claims = { claim: async (request) => await (cluster as Cluster).claims.claim(request) }
    const hub = new Hub({
      log,
      policy: config.PUBLISH_CONFLICT as ConflictPolicy,
      batchMs: config.BATCH_MS,
      graceMs: config.GRACE_SECONDS * 1000,
      window: { seconds: config.WINDOW_SECONDS, bytes: config.WINDOW_MEGABYTES * MIB },
      targets: {
        part: config.PART_MS / 1000,
        segment: config.SEGMENT_SECONDS,
        maxSegmentBytes: config.WINDOW_MEGABYTES * MIB,
      },
      claims: peers === undefined ? undefined : claims,
      onStream: hooks?.hearsOfSegments ? (stream) => tellSegments(stream, hooks) : undefined,
    })
    const clients = new Clients(hub)
    cluster = peers === undefined ? undefined : stack.use(this.#clusterOf(hub, clients, peers))
    await cluster?.start()
    const measuring = stack.adopt(
      new PeriodicTask(
        async () => {
          hub.measure()
          clients.measure()
        },
        { everyMs: MEASURE_EVERY_MS },
      ),
      async (task) => await task.stop(),
    )
    measuring.start()
    ops.reports('streams', () =>
      hub.list().map(({ publisher, ...stream }) => ({
        ...stream,
        by: publisher?.protocol,
        // Else its publisher is connected to another replica.
        isLocal: hub.at(stream.name)?.isLocal ?? false,
      })),
    )

    const all = cluster ?? hub
    const tokens = new StreamTokens(config)
    const hidesTokens = access.required || tokens.required
    const admitted = stack.use(new AdmittedStreams(all, { hooks, clients, hidesTokens }))
    const streams = new GuardedStreams(admitted, { access, tokens })
    const assets = await Assets.read(ASSETS)
    const notices = await readNotices()
    const closing = cluster ? this.#closing.signal : signal
    const directory = cluster?.clients ?? clients
    const parts = {
      log,
      hub: all,
      clients: directory,
      streams,
      access,
      assets,
      notices,
      trustProxy,
      draining: signal,
      closing,
    }
    const app = stack.use(buildApp(parts))
    // Only workers of one server share a port: two servers by mistake would share their clients, too.
    const reusePort = config.WORKER !== undefined
    const where = { host, port: config.PORT, reusePort }
    await app.listen(where)
    const ports = (config.MORE_PORTS ?? '').split(',').filter(Boolean).map(Number)
    stack.use(await MorePorts.listen(app.server, { host, ports, reusePort }))
    const hasProxyHeader = config.RTMP_PROXY_PROTOCOL
    const listener = { ...where, port: config.RTMP_PORT, hasProxyHeader, streams, log, engine }
    const rtmp = stack.use(await RtmpListener.listen(listener))
    this.#ports = { http: (app.server.address() as AddressInfo).port, rtmp: rtmp.port }
    log.info({ ports: this.#ports }, 'listening')
    stack.defer(() => all.close())
    stack.defer(() => this.#closing.abort())
    stack.defer(() => drain(config))
    const seconds = config.STOP_WITHIN_SECONDS - config.DRAIN_SECONDS
    stack.defer(async () => await cluster?.drain(seconds * 1000))
  }

  /** Undefined where no hook is set. */
  #hooks(): Hooks | undefined {
    const { config, log } = this.#options
    const urls = {
      publish: config.HOOK_ON_PUBLISH,
      unpublish: config.HOOK_ON_UNPUBLISH,
      play: config.HOOK_ON_PLAY,
      stop: config.HOOK_ON_STOP,
      hls: config.HOOK_ON_HLS,
    }
    if (Object.values(urls).every((url) => url === undefined)) return undefined
    const { HOOK_SECRET: secret, HOOK_ANSWER_MS: answerWithinMs } = config
    const fail = config.HOOK_FAIL as FailPolicy
    return this.#stack.use(new Hooks({ urls, secret, fail, answerWithinMs, log }))
  }

  #clusterOf(hub: Hub, clients: Clients, peers: string): Cluster {
    const { config, log } = this.#options
    const { PEER_SECRET: secret = '' } = config
    return new Cluster({
      hub,
      clients,
      log,
      peers,
      host: config.WORKER === undefined ? config.HOST : '127.0.0.1',
      port: config.PEER_PORT,
      secret,
      answerWithinMs: config.PEER_ANSWER_MS,
      lostAfterMs: config.PEER_LOST_SECONDS * 1000,
      standby: config.STANDBY,
      maxSegmentBytes: config.WINDOW_MEGABYTES * MIB,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}
