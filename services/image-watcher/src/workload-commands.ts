import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLog, type Environment, UsageError } from '@livepods/service'
import { clusterAccess } from './cluster/access.ts'
import { Connection } from './cluster/connection.ts'
import { Events } from './cluster/events.ts'
import { KeptObjects } from './cluster/kept-objects.ts'
import { PullCredentials } from './cluster/pull-credentials.ts'
import { KINDS, type Kind, pathOf, readWorkload, type Workload, type WorkloadObject } from './cluster/workload.ts'
import { History } from './history.ts'
import { Observer } from './observer.ts'
import type { Registry } from './registry/registry.ts'
import { Changes } from './rollout/changes.ts'
import { lastRolled, undo } from './rollout/orders.ts'
import { Rollout } from './rollout/rollout.ts'
import { verdictOf } from './rollout/verdict.ts'
import { Signatures } from './signatures.ts'

export interface WorkloadCommand {
  /** `[NAMESPACE/]KIND/NAME` */
  name: string
  environment: Environment
  registry: Registry
  out: (line: string) => void
}

const POLL_MS = 1000
const DEADLINE_MS = 600_000
const log = createLog('image-watcher', 'silent')

/**
 * Rolls a workload out to what its policies choose, by the steps of the service, and waits; whatever did not come up is undone. It need not
 * be watched. Resolves with
 * how its images are then: the same as their policies choose, or those have newer ones, or it is unknown. Rejects with ClusterError.
 */
export async function rollWorkload({ registry, ...command }: WorkloadCommand): Promise<'same' | 'newer' | 'unknown'> {
  const { out } = command
  using cluster = await Cluster.open(command)
  const observer = observerOf(registry, cluster)
  const rollout = new Rollout({
    ...cluster,
    observer,
    // It does not act by itself, so it needs no lease and no slot.
    lease: { isHeld: true, freeze: undefined, tenure: 0 },
    slots: { free: 1, begin: () => {} },
    log,
    mode: 'roll',
    deadlineMs: DEADLINE_MS,
    isAsked: true,
  })
  let isUndone = false
  cluster.history.listen(({ container, what, to, why }) => {
    out(`${container} ${what}: ${to}: ${why}`)
    if (what === 'undone') isUndone = true
  })
  for (;;) {
    const workload = await cluster.read()
    const { reports, changed } = await rollout.step(workload)
    if (isUndone) return 'newer'
    if (changed) continue
    if (!reports.some(({ phase }) => phase === 'rolling')) {
      for (const { container, image, why } of reports) out(`${container} ${image}: ${why}`)
      if (reports.some(({ wanted }) => wanted === undefined)) return 'unknown'
      return reports.every(({ image, wanted }) => image.endsWith(`${wanted?.digest}`)) ? 'same' : 'newer'
    }
    const now = cluster.connection.now()
    const { outcome, why } = verdictOf(workload, { since: now, now, deadlineMs: DEADLINE_MS })
    if (outcome === 'waits') {
      out(why)
      return 'same'
    }
    await sleep(POLL_MS)
  }
}

/** Brings the image back that the last rollout replaced. Rejects with OrderError where there was none, and with ClusterError. */
export async function undoWorkload({ registry, ...command }: WorkloadCommand): Promise<void> {
  const { environment, out } = command
  using cluster = await Cluster.open(command)
  const workload = await cluster.read()
  const container = lastRolled(workload) ?? workload.containers.at(-1)
  if (!container) throw new UsageError(`${command.name} has no container.`)
  const observer = observerOf(registry, cluster)
  // A registry that does not answer is no reason not to undo: then the digest that was set is the one that is held.
  const wanted = await observer.observe(workload, container).catch(() => undefined)
  cluster.history.listen(({ what, to, why }) => out(`${container.name} ${what}: ${to}: ${why}`))
  await undo(cluster.changes, { workload, container, by: environment.USER || 'Somebody' }, wanted?.digest)
}

function observerOf(registry: Registry, { connection }: Cluster): Observer {
  const objects = new KeptObjects(connection, log)
  return new Observer({
    registry,
    credentials: new PullCredentials({ objects }),
    signatures: new Signatures(registry, objects),
  })
}

/** The cluster that the environment names, and one workload of it. */
class Cluster implements Disposable {
  readonly connection: Connection
  readonly events: Events
  readonly history = new History()
  readonly changes: Changes
  readonly #path: string
  readonly #kind: Kind

  static async open({ name, environment }: Pick<WorkloadCommand, 'name' | 'environment'>): Promise<Cluster> {
    const named = nameIn(name)
    const { KUBERNETES_URL, KUBECONFIG = await usualKubeconfig() } = environment
    return new Cluster(named, new Connection(await clusterAccess({ KUBERNETES_URL, KUBECONFIG })))
  }

  constructor({ kind, name, namespace }: Named, connection: Connection) {
    this.#kind = kind
    this.#path = pathOf({ kind, name, namespace: namespace ?? connection.namespace })
    this.connection = connection
    this.events = new Events(connection, log)
    this.changes = new Changes({ connection, events: this.events, history: this.history, log })
  }

  async read(): Promise<Workload> {
    return readWorkload(this.#kind, await this.connection.request<WorkloadObject>({ path: this.#path }))
  }

  [Symbol.dispose](): void {
    this.connection[Symbol.dispose]()
  }
}

interface Named {
  namespace: string | undefined
  kind: Kind
  name: string
}

function nameIn(text: string): Named {
  const [name = '', word = '', namespace, ...more] = text.split('/').reverse()
  const kind = (Object.keys(KINDS) as Kind[]).find((one) => [one.toLowerCase(), KINDS[one].plural].includes(word))
  if (!kind || name === '' || more.length > 0)
    throw new UsageError(`"${text}" is no workload like deployment/NAME or NAMESPACE/statefulset/NAME.`)
  return { namespace, kind, name }
}

async function usualKubeconfig(): Promise<string | undefined> {
  const path = join(homedir(), '.kube/config')
  return await access(path).then(
    () => path,
    () => undefined,
  )
}
