import type { FakeCluster, FakeRegistry } from '@livepods/fakes'
import { createLog } from '@livepods/service'
import { proxyAccess } from '../../src/cluster/access.ts'
import { Connection } from '../../src/cluster/connection.ts'
import { Events } from '../../src/cluster/events.ts'
import { KeptObjects } from '../../src/cluster/kept-objects.ts'
import { Lease } from '../../src/cluster/lease.ts'
import { PullCredentials } from '../../src/cluster/pull-credentials.ts'
import { History } from '../../src/history.ts'
import { Observer } from '../../src/observer.ts'
import { Reconciler, type ReconcilerOptions } from '../../src/reconciler.ts'
import { Hosts } from '../../src/registry/hosts.ts'
import { Registry } from '../../src/registry/registry.ts'
import { Changes } from '../../src/rollout/changes.ts'
import { Signatures } from '../../src/signatures.ts'

export const log = createLog('test', 'silent')

export interface Watch extends AsyncDisposable {
  reconciler: Reconciler
  history: History
  changes: Changes
  lease: Lease
  /** Asks the registry anew, as the interval would. */
  look: () => void
}

/** How to reach a fake registry: by plain HTTP, also under the name of another one. */
export function hostsOf({ host, url }: FakeRegistry, { name = host, allow = [] as string[] } = {}): Hosts {
  return new Hosts(new Map([[name, { url: new URL(url), allow }]]))
}

/** All of image-watcher between a cluster and a registry, without its own HTTP. */
export async function startWatch(
  cluster: FakeCluster,
  registry: FakeRegistry,
  {
    holder = 'one',
    term = {},
    hosts = hostsOf(registry),
    ...options
  }: Partial<ReconcilerOptions> & {
    holder?: string
    term?: { termSeconds?: number; renewMs?: number }
    hosts?: Hosts
  } = {},
): Promise<Watch> {
  const stack = new AsyncDisposableStack()
  const connection = stack.use(new Connection(proxyAccess(cluster.url)))
  const client = stack.use(new Registry({ hosts }))
  const objects = new KeptObjects(connection, log)
  const observer = new Observer({
    registry: client,
    credentials: new PullCredentials({ objects }),
    signatures: new Signatures(client, objects),
  })
  const history = new History()
  const events = new Events(connection, log)
  const changes = new Changes({ connection, events, history, log })
  const lease = stack.use(
    new Lease({
      connection,
      namespace: 'default',
      name: 'image-watcher',
      holder,
      log,
      onChange: () => reconciler.lookNow(),
      ...term,
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
      mode: 'roll',
      namespaces: ['default'],
      intervalMs: 3_600_000,
      deadlineMs: 600_000,
      rolloutsAtOnce: 100,
      ...options,
    }),
  )
  lease.start()
  reconciler.start()
  return {
    reconciler,
    history,
    changes,
    lease,
    look: () => reconciler.lookNow(),
    [Symbol.asyncDispose]: async () => await stack.disposeAsync(),
  }
}
