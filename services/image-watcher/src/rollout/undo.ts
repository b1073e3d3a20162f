import type { Connection } from '../cluster/connection.ts'
import { deletePod, listPods, type Pod } from '../cluster/pods.ts'
import type { Workload } from '../cluster/workload.ts'

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
export async function deleteStuckPods(connection: Connection, workload: Workload): Promise<string[]> {
  const stuck = (await listPods(connection, workload)).filter((pod) => isStuck(pod, workload))
  for (const pod of stuck) await deletePod(connection, workload.namespace, pod)
  return stuck.map(({ metadata }) => metadata.name)
}

/** Whatever the labels say, a pod that belongs to somebody else is left alone. */
function isStuck({ metadata, status }: Pod, { uid, status: { updateRevision } }: Workload): boolean {
  return (
    metadata.ownerReferences?.some((owner) => owner.uid === uid) === true &&
    metadata.deletionTimestamp === undefined &&
    metadata.labels?.['controller-revision-hash'] !== updateRevision &&
    !status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')
  )
}
