import { eventually } from '@livepods/testing'
import { kubectl, list } from './kubectl.ts'

interface Pod {
  metadata: { name: string; deletionTimestamp?: string; labels: Record<string, string> }
  spec: { nodeName?: string; containers: { image: string }[] }
  status: {
    phase: string
    podIP?: string
    conditions?: { type: string; status: string }[]
    initContainerStatuses?: { restartCount: number }[]
    containerStatuses?: { restartCount: number }[]
  }
}

const NAMESPACE = 'livepods'
const READY_WITHIN_MS = 8 * 60_000

/** The suite on the cluster. */
export class Deployed {
  readonly folder: string

  /** @param folder The kustomization that it is applied from. */
  constructor(folder: string) {
    this.folder = folder
  }

  async isThere(): Promise<boolean> {
    return (await kubectl(['get', 'namespace', NAMESPACE, '--ignore-not-found', '-o', 'name'])) !== ''
  }

  async apply(folder = this.folder): Promise<void> {
    await kubectl(['apply', '-k', folder])
  }

  /** Deletes what was applied; with `keep` not the namespace, and so no data. */
  async delete({ keep }: { keep: boolean }): Promise<void> {
    await kubectl([
      'delete',
      '--ignore-not-found',
      '-k',
      this.folder,
      '--wait=false',
      ...(keep ? ['-l', '!livepods/keep'] : []),
    ])
    if (!keep) await kubectl(['wait', '--for=delete', `namespace/${NAMESPACE}`, '--timeout=180s'])
    else await eventually(async () => expect((await this.pods()).length === 0, 'pods are left'), { withinMs: 120_000 })
  }

  async pods(selector = ''): Promise<Pod[]> {
    return (await list<Pod>('pods', NAMESPACE, selector)).filter(({ status }) => status.phase !== 'Succeeded')
  }

  /** Resolves when every pod is ready, and as many are there as are wanted. */
  async ready(): Promise<void> {
    await eventually(
      async () => {
        const waiting = (await this.pods()).filter(
          ({ status, metadata }) => metadata.deletionTimestamp || !isReady(status),
        )
        expect(waiting.length === 0, `not ready: ${waiting.map(({ metadata }) => metadata.name).join(', ')}`)
        const workloads = await list<Workload>('deployments,statefulsets', NAMESPACE)
        // They bring a Deployment, which is made with one replica, to their least number seconds later.
        const autoscalers = await list<Autoscaler>('horizontalpodautoscalers', NAMESPACE)
        const least = ({ metadata, spec }: Workload) =>
          autoscalers.find((autoscaler) => autoscaler.spec.scaleTargetRef.name === metadata.name)?.spec.minReplicas ??
          spec.replicas
        const behind = workloads.filter(
          (workload) =>
            workload.status.observedGeneration !== workload.metadata.generation ||
            (workload.status.updatedReplicas ?? 0) < least(workload),
        )
        expect(behind.length === 0, `not there: ${behind.map(({ metadata }) => metadata.name).join(', ')}`)
      },
      { withinMs: READY_WITHIN_MS, everyMs: 500 },
    )
  }

  /** How often containers ended and were started again. */
  async restarts(): Promise<number> {
    const statuses = (await this.pods()).flatMap(({ status }) => [
      ...(status.initContainerStatuses ?? []),
      ...(status.containerStatuses ?? []),
    ])
    return statuses.reduce((sum, { restartCount }) => sum + restartCount, 0)
  }

  /** Replaces the pods of every Deployment, one Deployment after the other, and those of relays and sinks meanwhile. */
  async roll(): Promise<void> {
    const deployments = await list<Workload>('deployments', NAMESPACE)
    const inTurn = async () => {
      for (const { metadata } of deployments) await restarted(`deployment/${metadata.name}`)
    }
    await Promise.all([inTurn(), restarted('statefulset/relays'), restarted('statefulset/sinks')])
  }

  /** Applies another version over this one; resolves when every Deployment runs it. */
  async upgrade(folder: string): Promise<void> {
    await this.apply(folder)
    for (const { metadata } of await list<Workload>('deployments', NAMESPACE))
      await rolledOut(`deployment/${metadata.name}`)
    await this.ready()
  }

  /** A key of a Secret. */
  async secret(name: string, key: string): Promise<string> {
    const data = await kubectl(['-n', NAMESPACE, 'get', 'secret', name, '-o', `jsonpath={.data.${key}}`])
    return Buffer.from(data, 'base64').toString()
  }

  async image(workload: string): Promise<string> {
    const [pod] = await this.pods(`app.kubernetes.io/name=${workload}`)
    return pod?.spec.containers[0]?.image ?? ''
  }
}

interface Workload {
  metadata: { name: string; generation: number }
  spec: { replicas: number }
  status: { observedGeneration?: number; updatedReplicas?: number }
}

interface Autoscaler {
  spec: { scaleTargetRef: { name: string }; minReplicas: number }
}

async function restarted(workload: string): Promise<void> {
  await kubectl(['-n', NAMESPACE, 'rollout', 'restart', workload])
  await rolledOut(workload)
}

async function rolledOut(workload: string): Promise<void> {
  await kubectl(['-n', NAMESPACE, 'rollout', 'status', workload, '--timeout=300s'])
}

function isReady({ conditions = [] }: Pod['status']): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}

/** Throws the sentence unless it is so. */
export function expect(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise)
}
