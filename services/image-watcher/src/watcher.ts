import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { Access } from '@livepods/access'
import { drain } from '@livepods/http'
import { Assets } from '@livepods/page'
import { counter, type ServiceOptions } from '@livepods/service'
import { buildApp } from './app.ts'
import { clusterAccess } from './cluster/access.ts'
import { Connection } from './cluster/connection.ts'
import { Events } from './cluster/events.ts'
import { KeptObjects } from './cluster/kept-objects.ts'
import { Lease } from './cluster/lease.ts'
import { PullCredentials } from './cluster/pull-credentials.ts'
import type { Config } from './config.ts'
import { History } from './history.ts'
import { Hints } from './hooks/hints.ts'
import { Peers } from './hooks/peers.ts'
import { Notifier } from './notifier.ts'
import { Observer } from './observer.ts'
import { Reconciler } from './reconciler.ts'
import { Hosts } from './registry/hosts.ts'
import { Logins } from './registry/logins.ts'
import { hostNamed } from './registry/reference.ts'
import { Registry } from './registry/registry.ts'
import { Changes } from './rollout/changes.ts'
import { Signatures } from './signatures.ts'

const ASSETS = { 'image-watcher': new URL('../assets/', import.meta.url) }

const answers = counter({
  name: 'image_watcher_registry_answers_total',
  help: 'Answers of registries.',
  labels: ['method', 'status'],
})

/** Follows workloads and registries, and brings the ones to what the others have. */
export class ImageWatcher implements AsyncDisposable {
  readonly #options: ServiceOptions<Config>
  readonly #stack = new AsyncDisposableStack()
  #port: number | undefined

  constructor(options: ServiceOptions<Config>) {
    this.#options = options
  }

  /** Where it listens, once it does. */
  get port(): number {
    if (this.#port === undefined) throw new Error('It does not listen yet.')
    return this.#port
  }

  /** Resolves when it listens; it may not have read the cluster by then. Call it once. */
  async start(): Promise<void> {
    const { config, log, ops, signal } = this.#options
    const stack = this.#stack

    const access = stack.use(await Access.open(config, log))
    const connection = stack.use(new Connection(await clusterAccess(config)))
    const { REGISTRY_HOSTS_FILE: hostsFile, REGISTRY_LOGINS_FILE: loginsFile } = config
    const registry = stack.use(
      new Registry({
        hosts: hostsFile ? await Hosts.read(hostsFile) : new Hosts(),
        onAnswer: (_, method, status) => answers.inc({ method, status: `${Math.floor(status / 100)}xx` }),
      }),
    )
    const logins = new Logins({
      config: loginsFile ? await readFile(loginsFile, 'utf8') : '',
      allowed: config.CREDENTIAL_HELPERS?.split(',') ?? [],
      log,
    })
    const objects = new KeptObjects(connection, log)
    const observer = new Observer({
      registry,
      credentials: new PullCredentials({ objects, fallback: (reference) => logins.find(reference) }),
      signatures: new Signatures(registry, objects),
    })
    const history = new History()
    if (config.NOTIFY_URL) {
      const notifier = stack.use(new Notifier({ url: config.NOTIFY_URL, secret: config.NOTIFY_SECRET, log }))
      history.listen((change) => notifier.add(change))
    }
    const events = new Events(connection, log)
    const changes = new Changes({ connection, events, history, log })
    const lease = stack.use(
      new Lease({
        connection,
        namespace: connection.namespace,
        name: config.LEASE_NAME,
        holder: hostname(),
        log,
        // What was left undone without it is done now.
        onChange: (isHeld) => isHeld && reconciler.lookNow(),
      }),
    )
    const reconciler: Reconciler = stack.use(
      new Reconciler({
        connection,
        observer,
        lease,
        events,
        changes,
        history,
        log,
        mode: config.MODE as 'roll' | 'report',
        namespaces: config.NAMESPACES?.split(',') ?? [connection.namespace],
        registries: config.REGISTRIES?.split(',').map((host) => hostNamed(host.trim())),
        intervalMs: config.INTERVAL_SECONDS * 1000,
        deadlineMs: config.ROLLOUT_MINUTES * 60_000,
        soakMs: config.SOAK_MINUTES * 60_000,
        rolloutsAtOnce: config.ROLLOUTS_AT_ONCE,
      }),
    )
    ops.requires('cluster', async () => {
      const [fault] = reconciler.faults
      if (fault !== undefined) throw new Error(fault)
    })
    ops.reports('delivery', () => ({
      isLeader: lease.isHeld,
      freeze: lease.freeze,
      workloads: reconciler.reports.length,
    }))
    lease.start()
    reconciler.start()

    const { PEERS: address, HOOK_SECRET: secret } = config
    const peers = address && secret ? new Peers({ address, secret, log }) : undefined
    const hints = stack.use(new Hints({ reconciler, log, tellPeers: peers && ((pushes) => peers.tell(pushes)) }))
    const app = stack.use(
      buildApp({
        log,
        access,
        trustProxy: config.TRUST_PROXY,
        draining: signal,
        assets: await Assets.read(ASSETS),
        reconciler,
        lease,
        history,
        changes,
        hints,
        hookSecret: config.HOOK_SECRET,
        mode: config.MODE as 'roll' | 'report',
      }),
    )
    await app.listen({ host: config.HOST, port: config.PORT })
    this.#port = (app.server.address() as AddressInfo).port
    stack.defer(() => drain(config))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}
