import type { Connection } from './connection.ts'
import { ClusterError } from './errors.ts'
import type { Workload } from './workload.ts'

/** A pod, as far as it is read here. */
export interface Pod {
  metadata: {
    name: string
    uid: string
    creationTimestamp?: string
    deletionTimestamp?: string
    labels?: Record<string, string>
    ownerReferences?: { uid: string }[]
  }
  status?: {
    conditions?: { type: string; status: string }[]
    containerStatuses?: ContainerStatus[]
    initContainerStatuses?: ContainerStatus[]
  }
}

interface ContainerStatus {
  name: string
  restartCount: number
}

/** Those that a workload's selector chooses; none where it has no selector, which would choose all. Rejects with ClusterError. */
export async function listPods(
  connection: Connection,
  { namespace, selector }: Pick<Workload, 'namespace' | 'selector'>,
): Promise<Pod[]> {
  if (selector === '') return []
  const query = new URLSearchParams({ labelSelector: selector })
  return (await connection.request<{ items: Pod[] }>({ path: `${pathOf(namespace)}?${query}` })).items
}

/** What is gone already, or another one by now, is no failure. Rejects with ClusterError. */
export async function deletePod(connection: Connection, namespace: string, { metadata }: Pod): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: metadata.uid } }
  try {
    await connection.request({ method: 'DELETE', path: `${pathOf(namespace)}/${metadata.name}`, body })
  } catch (error) {
    if (!(error instanceof ClusterError) || (error.status !== 404 && error.status !== 409)) throw error
  }
}

/** How often a container restarted in the pods that were created since then; the API server notes whole seconds. */
export function restartsSince(pods: readonly Pod[], container: string, since: Date): number {
  const second = Math.floor(since.getTime() / 1000) * 1000
  return pods
    .filter(({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') >= second)
    .flatMap(({ status = {} }) => [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])])
    .filter(({ name }) => name === container)
    .reduce((sum, { restartCount }) => sum + restartCount, 0)
}

function pathOf(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`
}
