import { createLog } from '@livepods/service'
import { proxyAccess } from '../../src/cluster/access.ts'
import { Connection } from '../../src/cluster/connection.ts'
import { Events } from '../../src/cluster/events.ts'
import { Lease } from '../../src/cluster/lease.ts'
import { PullCredentials } from '../../src/cluster/pull-credentials.ts'
import { History } from '../../src/history.ts'
import { Observer } from '../../src/observer.ts'
import { Reconciler, type ReconcilerOptions } from '../../src/reconciler.ts'
import type { Hosts } from '../../src/registry/hosts.ts'
import { Registry } from '../../src/registry/registry.ts'
import type { FakeCluster } from './fake-cluster.ts'
import type { FakeRegistry } from './fake-registry.ts'

export const log = createLog('test', 'silent')

export interface Watch extends AsyncDisposable {
  reconciler: Reconciler
  history: History
  lease: Lease
  /** Asks the registry anew, as the interval would. */
  look: () => void
}

/** All of image-watcher between a cluster and a registry, without its own HTTP. */
export async function startWatch(
  cluster: FakeCluster,
  registry: FakeRegistry,
  {
    holder = 'one',
    term = {},
    hosts = registry.hosts(),
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
  const observer = new Observer(client, new PullCredentials({ connection, log }))
  const history = new History()
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
      events: new Events(connection, log),
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
    lease,
    look: () => reconciler.lookNow(),
    [Symbol.asyncDispose]: async () => await stack.disposeAsync(),
  }
}
