import type { Connection } from '../cluster/connection.ts'
import { ClusterError } from '../cluster/errors.ts'
import type { Workload } from '../cluster/workload.ts'

interface Pod {
  metadata: { name: string; uid: string; labels?: Record<string, string>; deletionTimestamp?: string }
  status?: { conditions?: { type: string; status: string }[] }
}

/** Whether pods may stand in the way of a StatefulSet that has its former image again. */
export function mayBeStuck({ kind, generation, replicas, status }: Workload): boolean {
  return (
    kind === 'StatefulSet' && (status.observedGeneration ?? 0) >= generation && (status.readyReplicas ?? 0) < replicas
  )
}

/**
 * Deletes pods of another revision that are not ready: a StatefulSet waits for them for ever, also after its template was restored
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback). Resolves with their names. Rejects with
 * ClusterError: 403 without the Role for it.
 */
export async function deleteStuckPods(
  connection: Connection,
  { namespace, selector, status }: Workload,
): Promise<string[]> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`
  const query = new URLSearchParams({ labelSelector: selector })
  const { items } = await connection.request<{ items: Pod[] }>({ path: `${path}?${query}` })
  const stuck = items.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      pod.metadata.labels?.['controller-revision-hash'] !== status.updateRevision &&
      !pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
  )
  for (const { metadata } of stuck) {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: metadata.uid } }
    await connection.request({ method: 'DELETE', path: `${path}/${metadata.name}`, body }).catch((error) => {
      // Gone already, or another one by now.
      if (!(error instanceof ClusterError) || (error.status !== 404 && error.status !== 409)) throw error
    })
  }
  return stuck.map(({ metadata }) => metadata.name)
}
