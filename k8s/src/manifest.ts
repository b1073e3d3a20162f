import type { IContainer } from 'kubernetes-models/v1/Container'
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec'

/** One object of Kubernetes, as it is applied. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> }
}

/** Something that makes pods. */
export interface Workload {
  manifest: Manifest
  /** What policies, Services and people choose its pods by; `metadata.name` may be the plural. */
  name: string
  kind: string
  template: IPodTemplateSpec
  /** Init containers, sidecars and containers. */
  containers: IContainer[]
  /** What stays when a pod has started: sidecars and containers; of a job what does its work. */
  running: IContainer[]
}

const NAME = 'app.kubernetes.io/name'
const MAKES_PODS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob']

/** All manifests of a kind, as the type that goes with it. */
export function ofKind<T>(manifests: Manifest[], kind: string): (Manifest & T)[] {
  return manifests.filter((manifest) => manifest.kind === kind) as (Manifest & T)[]
}

/** Kind and name, for people. */
export function titleOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`
}

export function workloadsOf(manifests: Manifest[]): Workload[] {
  return manifests
    .filter(({ kind }) => MAKES_PODS.includes(kind))
    .map((manifest) => {
      const template = templateOf(manifest)
      const { initContainers = [], containers = [] } = template.spec ?? {}
      return {
        manifest,
        name: template.metadata?.labels?.[NAME] ?? manifest.metadata.name,
        kind: manifest.kind,
        template,
        containers: [...initContainers, ...containers],
        running: [...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always'), ...containers],
      }
    })
}

/** Whether a workload's pods run until somebody ends them. */
export function isLasting({ kind }: Workload): boolean {
  return kind !== 'Job' && kind !== 'CronJob'
}

interface Selector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

/** Whether a selector chooses these labels; one without conditions chooses all. */
export function selects(
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Record<string, string> = {},
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key]
      if (operator === 'In') return value !== undefined && values.includes(value)
      if (operator === 'NotIn') return value === undefined || !values.includes(value)
      return (operator === 'Exists') === (value !== undefined)
    })
  )
}

/** The labels of the pods of a workload. */
export function labelsOf({ template }: Workload): Record<string, string> {
  return template.metadata?.labels ?? {}
}

/** The workloads whose pods a Service selects. */
export function selectedBy(selector: Record<string, string> | undefined, workloads: Workload[]): Workload[] {
  return selector ? workloads.filter((workload) => selects({ matchLabels: selector }, labelsOf(workload))) : []
}

function templateOf(manifest: Manifest): IPodTemplateSpec {
  const { spec } = manifest as unknown as {
    spec: { template?: IPodTemplateSpec; jobTemplate?: { spec: { template: IPodTemplateSpec } } }
  }
  return spec.jobTemplate?.spec.template ?? spec.template ?? {}
}
