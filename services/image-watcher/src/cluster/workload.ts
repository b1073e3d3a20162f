import type { KubernetesObject } from './list-watch.ts'

/** Kinds that are watched, and where the API server has them. */
export const KINDS = {
  Deployment: { group: 'apps/v1', plural: 'deployments' },
  StatefulSet: { group: 'apps/v1', plural: 'statefulsets' },
  DaemonSet: { group: 'apps/v1', plural: 'daemonsets' },
  CronJob: { group: 'batch/v1', plural: 'cronjobs' },
} as const

export type Kind = keyof typeof KINDS

export interface Container {
  name: string
  image: string
  isInit: boolean
  /** Who set the image, by the server's own records: those that share it. */
  owners: Manager[]
}

/** Who changed a field, as the API server noted it. */
export interface Manager {
  name: string
  operation: string
}

/** What is kept of an object; the rest of it is not. */
export interface Workload {
  kind: Kind
  namespace: string
  name: string
  uid: string
  resourceVersion: string
  generation: number
  /** Those of livepods.dev alone, without that prefix. */
  annotations: Record<string, string>
  containers: Container[]
  pullSecrets: string[]
  serviceAccount: string
  /** Labels of its pods, as the API server takes them in a query. */
  selector: string
  replicas: number
  isPaused: boolean
  /** Of a StatefulSet or DaemonSet: RollingUpdate, OnDelete. */
  strategy: string
  partition: number
  status: WorkloadStatus
}

export interface WorkloadStatus {
  observedGeneration?: number
  replicas?: number
  updatedReplicas?: number
  readyReplicas?: number
  availableReplicas?: number
  currentRevision?: string
  updateRevision?: string
  desiredNumberScheduled?: number
  updatedNumberScheduled?: number
  numberAvailable?: number
  conditions?: { type: string; status: string; reason?: string; message?: string }[]
}

export const PREFIX = 'livepods.dev/'

interface PodSpec {
  containers?: { name: string; image: string }[]
  initContainers?: { name: string; image: string }[]
  imagePullSecrets?: { name: string }[]
  serviceAccountName?: string
}

/** A Deployment, StatefulSet, DaemonSet or CronJob, as far as it is read here. */
export interface WorkloadObject extends KubernetesObject {
  metadata: KubernetesObject['metadata'] & {
    generation?: number
    annotations?: Record<string, string>
    managedFields?: { manager?: string; operation?: string; fieldsV1?: Fields }[]
  }
  spec: {
    replicas?: number
    paused?: boolean
    suspend?: boolean
    selector?: { matchLabels?: Record<string, string>; matchExpressions?: Expression[] }
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } }
    template?: { spec: PodSpec }
    jobTemplate?: { spec: { template: { spec: PodSpec } } }
  }
  status?: WorkloadStatus
}

interface Expression {
  key: string
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  values?: string[]
}

interface Fields {
  [key: string]: Fields
}

/** Lists of a kind: `/apis/apps/v1/namespaces/x/deployments`. */
export function listPath(kind: Kind, namespace: string): string {
  const { group, plural } = KINDS[kind]
  return `/apis/${group}/namespaces/${encodeURIComponent(namespace)}/${plural}`
}

export function pathOf({ kind, namespace, name }: Pick<Workload, 'kind' | 'namespace' | 'name'>): string {
  return `${listPath(kind, namespace)}/${encodeURIComponent(name)}`
}

/** People's name for it: `livepods/deployment/receiver`. */
export function nameOf({ kind, namespace, name }: Pick<Workload, 'kind' | 'namespace' | 'name'>): string {
  return `${namespace}/${kind.toLowerCase()}/${name}`
}

export function readWorkload(kind: Kind, { metadata, spec, status = {} }: WorkloadObject): Workload {
  const { template } = kind === 'CronJob' ? (spec.jobTemplate?.spec ?? {}) : spec
  const pod = template?.spec ?? {}
  const read = (list: PodSpec['containers'], isInit: boolean) =>
    (list ?? []).map(({ name, image }) => ({
      name,
      image,
      isInit,
      owners: ownersOf(kind, metadata.managedFields ?? [], { name, isInit }),
    }))
  return {
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation ?? 0,
    annotations: Object.fromEntries(
      Object.entries(metadata.annotations ?? {})
        .filter(([name]) => name.startsWith(PREFIX))
        .map(([name, value]) => [name.slice(PREFIX.length), value]),
    ),
    containers: [...read(pod.initContainers, true), ...read(pod.containers, false)],
    pullSecrets: (pod.imagePullSecrets ?? []).map(({ name }) => name),
    serviceAccount: pod.serviceAccountName ?? 'default',
    selector: selectorOf(spec.selector),
    replicas: spec.replicas ?? 1,
    isPaused: spec.paused ?? spec.suspend ?? false,
    strategy: spec.updateStrategy?.type ?? 'RollingUpdate',
    partition: spec.updateStrategy?.rollingUpdate?.partition ?? 0,
    status,
  }
}

function selectorOf({
  matchLabels = {},
  matchExpressions = [],
}: NonNullable<WorkloadObject['spec']['selector']> = {}): string {
  const labels = Object.entries(matchLabels).map(([name, value]) => `${name}=${value}`)
  return [...labels, ...matchExpressions.map(expressionOf)].join()
}

function expressionOf({ key, operator, values = [] }: Expression): string {
  switch (operator) {
    case 'In':
      return `${key} in (${values})`
    case 'NotIn':
      return `${key} notin (${values})`
    case 'Exists':
      return key
    case 'DoesNotExist':
      return `!${key}`
  }
}

function ownersOf(
  kind: Kind,
  managed: NonNullable<WorkloadObject['metadata']['managedFields']>,
  { name, isInit }: { name: string; isInit: boolean },
): Manager[] {
  const path = [
    'f:spec',
    ...(kind === 'CronJob' ? ['f:jobTemplate', 'f:spec'] : []),
    'f:template',
    'f:spec',
    isInit ? 'f:initContainers' : 'f:containers',
    `k:${JSON.stringify({ name })}`,
    'f:image',
  ]
  return managed
    .filter(({ fieldsV1 }) => path.reduce<Fields | undefined>((fields, key) => fields?.[key], fieldsV1) !== undefined)
    .map(({ manager = '', operation = '' }) => ({ name: manager, operation }))
}
