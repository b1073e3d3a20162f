import type { Connection } from './connection.ts'
import { type Container, PREFIX, pathOf, readWorkload, type Workload, type WorkloadObject } from './workload.ts'

/** Under this name the API server notes what is set here. */
export const MANAGER = 'livepods-image-watcher'

export interface Change {
  /** Absent: annotations alone. */
  container?: Pick<Container, 'name' | 'isInit'>
  image?: string
  /** Of livepods.dev, without that prefix; null removes one. */
  annotations: Record<string, string | null>
}

/**
 * Changes an image and annotations of ours, and nothing else; resolves with what the object is now. Rejects with ClusterError: 409 when
 * the object is not any more what it was when it was read.
 */
export async function patchWorkload(connection: Connection, workload: Workload, change: Change): Promise<Workload> {
  const object = await connection.request<WorkloadObject>({
    method: 'PATCH',
    path: `${pathOf(workload)}?fieldManager=${MANAGER}`,
    type: 'application/strategic-merge-patch+json',
    body: patchOf(workload, change),
  })
  return readWorkload(workload.kind, object)
}

function patchOf({ kind, resourceVersion }: Workload, { container, image, annotations }: Change) {
  const list = container && { [container.isInit ? 'initContainers' : 'containers']: [{ name: container.name, image }] }
  const template = { template: { spec: list } }
  return {
    metadata: {
      resourceVersion,
      annotations: Object.fromEntries(Object.entries(annotations).map(([name, value]) => [PREFIX + name, value])),
    },
    ...(list && { spec: kind === 'CronJob' ? { jobTemplate: { spec: template } } : template }),
  }
}
