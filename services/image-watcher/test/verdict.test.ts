import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Kind, readWorkload, type WorkloadObject } from '../src/cluster/workload.ts'
import { verdictOf } from '../src/rollout/verdict.ts'

const SINCE = new Date('2026-03-01T10:00:00Z')
const SOON = new Date('2026-03-01T10:01:00Z')
const LATE = new Date('2026-03-01T12:00:00Z')

type Spec = Record<string, unknown>

function outcome(kind: Kind, spec: Spec, status: Spec, now = LATE): string {
  const workload = readWorkload(kind, {
    metadata: { name: 'app', namespace: 'default', uid: 'u', resourceVersion: '1', generation: 2 },
    spec: { template: { spec: { containers: [] } }, ...spec },
    status: { observedGeneration: 2, ...status },
  } as unknown as WorkloadObject)
  return verdictOf(workload, { since: SINCE, now, deadlineMs: 600_000 }).outcome
}

const UP = { replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 3 }
const OLD = { ...UP, updatedReplicas: 0, currentRevision: 'a', updateRevision: 'b' }
const ON_DELETE = { updateStrategy: { type: 'OnDelete' } }
const partition = (count: number) => ({ updateStrategy: { rollingUpdate: { partition: count } } })
const TIMED_OUT = { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] }

const ROWS: [what: string, kind: Kind, spec: Spec, status: Spec, expected: string, now?: Date][] = [
  ['paused', 'Deployment', { replicas: 3, paused: true }, UP, 'waits'],
  ['paused, though its deadline is over', 'Deployment', { replicas: 3, paused: true }, TIMED_OUT, 'waits'],
  ['of 0 replicas', 'Deployment', { replicas: 0 }, {}, 'waits'],
  ['that is up', 'Deployment', { replicas: 3 }, UP, 'done'],
  ['whose change was not seen yet', 'Deployment', { replicas: 3 }, { ...UP, observedGeneration: 1 }, 'rolling'],
  ['whose old pods are not gone', 'Deployment', { replicas: 3 }, { ...UP, replicas: 4 }, 'rolling'],
  ['that does not progress', 'Deployment', { replicas: 3 }, { ...UP, ...TIMED_OUT }, 'failed'],
  ['that is slow, by its own deadline', 'Deployment', { replicas: 3 }, { ...UP, availableReplicas: 2 }, 'rolling'],
  ['of 0 replicas', 'StatefulSet', { replicas: 0 }, {}, 'waits'],
  ['with OnDelete', 'StatefulSet', { replicas: 3, ...ON_DELETE }, OLD, 'waits'],
  ['with OnDelete, in part', 'StatefulSet', { replicas: 3, ...ON_DELETE }, { ...OLD, updatedReplicas: 2 }, 'waits'],
  ['with OnDelete, all deleted', 'StatefulSet', { replicas: 3, ...ON_DELETE }, { ...OLD, updatedReplicas: 3 }, 'done'],
  [
    'with OnDelete, whose current revision nobody moves on',
    'StatefulSet',
    { replicas: 3, ...ON_DELETE },
    { ...OLD, updateRevision: 'a' },
    'waits',
  ],
  ['with a partition', 'StatefulSet', { replicas: 3, ...partition(2) }, { ...OLD, updatedReplicas: 1 }, 'waits'],
  ['with a partition for all', 'StatefulSet', { replicas: 3, ...partition(3) }, OLD, 'waits'],
  [
    'below its partition',
    'StatefulSet',
    { replicas: 3, ...partition(1) },
    { ...OLD, updatedReplicas: 1 },
    'rolling',
    SOON,
  ],
  [
    'stuck below its partition',
    'StatefulSet',
    { replicas: 3, ...partition(1) },
    { ...OLD, updatedReplicas: 1 },
    'failed',
  ],
  ['that is slow', 'StatefulSet', { replicas: 3 }, OLD, 'rolling', SOON],
  ['that is late', 'StatefulSet', { replicas: 3 }, OLD, 'failed'],
  ['that is up', 'StatefulSet', { replicas: 3 }, { ...UP, currentRevision: 'b', updateRevision: 'b' }, 'done'],
  ['without a node', 'DaemonSet', {}, { desiredNumberScheduled: 0 }, 'waits'],
  ['with OnDelete', 'DaemonSet', ON_DELETE, { desiredNumberScheduled: 2, numberAvailable: 2 }, 'waits'],
  [
    'with OnDelete, all deleted',
    'DaemonSet',
    ON_DELETE,
    { desiredNumberScheduled: 2, numberAvailable: 2, updatedNumberScheduled: 2 },
    'done',
  ],
  ['that is slow', 'DaemonSet', {}, { desiredNumberScheduled: 2, numberAvailable: 1 }, 'rolling', SOON],
  ['that is late', 'DaemonSet', {}, { desiredNumberScheduled: 2, numberAvailable: 1 }, 'failed'],
  ['that is suspended', 'CronJob', { suspend: true }, {}, 'done'],
]

describe('what becomes of a', () => {
  for (const [what, kind, spec, status, expected, now] of ROWS)
    test(`${kind} ${what}: ${expected}`, () => assert.equal(outcome(kind, spec, status, now), expected))
})
