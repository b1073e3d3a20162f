import type { Workload } from '../cluster/workload.ts'

/**
 * What became of a change of a workload's pods.
 * - rolling: not decided
 * - done: all pods are the new ones, and available
 * - failed: it will not come up
 * - waits: a person has to go on; there is no time-out, and others go on meanwhile
 */
export interface Verdict {
  outcome: 'rolling' | 'done' | 'failed' | 'waits'
  why: string
}

export interface VerdictOptions {
  /** When the image was set. */
  since: Date
  now: Date
  /** For kinds that have no deadline of their own. */
  deadlineMs: number
}

/** Of the conditions and numbers that the cluster keeps itself. */
export function verdictOf(workload: Workload, options: VerdictOptions): Verdict {
  const { kind, isPaused, generation, status } = workload
  // Its next run uses the image; there is nothing to wait for.
  if (kind === 'CronJob') return { outcome: 'done', why: 'Its next run uses it.' }
  if (isPaused) return { outcome: 'waits', why: 'It is paused.' }
  if ((status.observedGeneration ?? 0) < generation) return rolling('The cluster has not seen it yet.')
  switch (kind) {
    case 'Deployment':
      return ofDeployment(workload)
    case 'StatefulSet':
      return ofStatefulSet(workload, options)
    case 'DaemonSet':
      return ofDaemonSet(workload, options)
  }
}

function ofDeployment({ replicas, status }: Workload): Verdict {
  if (replicas === 0) return { outcome: 'waits', why: 'It has 0 replicas.' }
  const progressing = status.conditions?.find(({ type }) => type === 'Progressing')
  if (progressing?.status === 'False')
    return { outcome: 'failed', why: progressing.message ?? progressing.reason ?? 'It does not progress.' }
  const { replicas: present = 0, updatedReplicas = 0, availableReplicas = 0 } = status
  return updatedReplicas >= replicas && present <= updatedReplicas && availableReplicas >= replicas
    ? done(replicas)
    : rolling(`${availableReplicas} of ${replicas} are available, ${updatedReplicas} are new.`)
}

function ofStatefulSet({ replicas, strategy, partition, status }: Workload, options: VerdictOptions): Verdict {
  if (replicas === 0) return { outcome: 'waits', why: 'It has 0 replicas.' }
  const { updatedReplicas = 0, readyReplicas = 0, currentRevision, updateRevision } = status
  // Ready for minReadySeconds; a cluster before 1.22 does not say.
  const { availableReplicas = readyReplicas } = status
  // With OnDelete nobody moves the current revision on: https://github.com/kubernetes/kubernetes/issues/73492
  const areNew = updatedReplicas >= replicas || (strategy !== 'OnDelete' && currentRevision === updateRevision)
  if (availableReplicas >= replicas && areNew) return done(replicas)
  if (strategy === 'OnDelete') return waitsForDeletion()
  if (partition > 0 && updatedReplicas >= replicas - partition && availableReplicas >= replicas)
    return { outcome: 'waits', why: `Its partition keeps ${partition} as they were.` }
  return late(options) ?? rolling(`${availableReplicas} of ${replicas} are available, ${updatedReplicas} are new.`)
}

function ofDaemonSet({ strategy, status }: Workload, options: VerdictOptions): Verdict {
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status
  if (wanted === 0) return { outcome: 'waits', why: 'No node takes it.' }
  if (updatedNumberScheduled >= wanted && numberAvailable >= wanted) return done(wanted)
  if (strategy === 'OnDelete') return waitsForDeletion()
  return late(options) ?? rolling(`${numberAvailable} of ${wanted} are available, ${updatedNumberScheduled} are new.`)
}

function late({ since, now, deadlineMs }: VerdictOptions): Verdict | undefined {
  return now.getTime() - since.getTime() > deadlineMs
    ? { outcome: 'failed', why: `It is not up after ${Math.round(deadlineMs / 60_000)} minutes.` }
    : undefined
}

function waitsForDeletion(): Verdict {
  return { outcome: 'waits', why: 'Its pods are replaced when somebody deletes them.' }
}

function rolling(why: string): Verdict {
  return { outcome: 'rolling', why }
}

function done(pods: number): Verdict {
  return { outcome: 'done', why: `All ${pods} are new and available.` }
}
