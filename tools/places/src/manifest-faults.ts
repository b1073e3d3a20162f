import { variablesOf } from '@livepods/k8s/environment'
import { labelsOf, type Manifest, ofKind, selectedBy, type Workload, workloadsOf } from '@livepods/k8s/manifest'
import { programOf } from '@livepods/k8s/program'
import type { Service } from '@livepods/service'
import { type Declared, jobsIn, servicesIn, usualPort } from '@livepods/system'
import { linkFaults } from './link-faults.ts'
import { statusFaults } from './status-faults.ts'
import { trustFaults } from './trust-faults.ts'

interface ServiceManifest {
  spec: { selector?: Record<string, string>; ports: { targetPort: string }[] }
}
interface Autoscaler {
  spec: { scaleTargetRef: { name: string }; minReplicas: number }
}

/** Services that k8s/base lacks, and what its manifests say otherwise than declarations. */
export function manifestFaults(manifests: Manifest[], declared: readonly Declared[]): string[] {
  const workloads = workloadsOf(manifests)
  return servicesIn(declared).flatMap((service) => {
    const workload = workloads.find(({ name }) => name === service.name)
    if (!workload) return [`k8s/base has no workload for ${service.name}`]
    return faultsOf(service, { workload, workloads, manifests, declared }).map(
      (fault) => `k8s/base: ${service.name}: ${fault}`,
    )
  })
}

interface Place {
  workload: Workload
  workloads: Workload[]
  manifests: Manifest[]
  declared: readonly Declared[]
}

function faultsOf(service: Declared<Service>, place: Place): string[] {
  const { workload, manifests, declared } = place
  const { name, group, replicas, listeners, env, calls, token } = service
  const container = workload.running.find((one) => programOf(one, declared)?.name === name)
  if (!container) return ['no container of it runs its image']
  const variables = variablesOf(container, manifests)
  const there = workload.kind === 'DaemonSet' ? 'every node' : podsOf(workload, manifests)
  const first = jobsIn(declared).filter(({ runs, calls: its }) => runs === 'first' && shares(calls, its))
  return [
    ...(labelsOf(workload)['app.kubernetes.io/component'] === group ? [] : [`its component is not ${group}`]),
    ...(there === replicas ? [] : [`its replicas are ${there}, not ${replicas}`]),
    ...first
      .filter((job) => !workload.containers.some((one) => programOf(one, declared)?.name === job.name))
      .map((job) => `${job.name} does not run before it`),
    ...listeners
      .map((listener) => usualPort(service, listener))
      .filter((port) => !isServed(port, place))
      .map((port) => `no Service leads to its port ${port}`),
    ...(isScraped(place) ? [] : ['no Service with the label livepods/ops leads to it: Prometheus does not find it']),
    ...('ACCESS_TOKENS_FILE' in env.properties && variables.ACCESS_TOKENS_FILE === undefined
      ? ['ACCESS_TOKENS_FILE is not set: everybody may do everything']
      : []),
    ...((token === undefined) === (variables.ACCESS_TOKEN_FILE === undefined)
      ? []
      : [`ACCESS_TOKEN_FILE is ${variables.ACCESS_TOKEN_FILE ?? 'not set'}, and its role is ${token ?? 'none'}`]),
    ...[statusFaults, linkFaults, trustFaults].flatMap((faults) => faults(service, variables, declared)),
  ]
}

function shares(calls: Record<string, string>, its: Record<string, string>): boolean {
  return Object.values(its).every((target) => Object.values(calls).includes(target))
}

function podsOf({ manifest }: Workload, manifests: Manifest[]): number {
  const { replicas } = (manifest as unknown as { spec: { replicas?: number } }).spec
  const autoscaler = ofKind<Autoscaler>(manifests, 'HorizontalPodAutoscaler').find(
    ({ spec }) => spec.scaleTargetRef.name === manifest.metadata.name,
  )
  return autoscaler?.spec.minReplicas ?? replicas ?? 1
}

function isServed(port: number, place: Place): boolean {
  const named = place.workload.running
    .flatMap(({ ports = [] }) => ports)
    .filter(({ containerPort }) => containerPort === port)
    .map(({ name }) => name)
  return servicesOf(place).some(({ spec }) => spec.ports.some(({ targetPort }) => named.includes(targetPort)))
}

function isScraped(place: Place): boolean {
  return servicesOf(place).some(({ metadata }) => metadata.labels?.['livepods/ops'] === 'true')
}

/** The Services that lead to it. */
function servicesOf({ workload, workloads, manifests }: Place): (Manifest & ServiceManifest)[] {
  return ofKind<ServiceManifest>(manifests, 'Service').filter(({ spec }) =>
    selectedBy(spec.selector, workloads).includes(workload),
  )
}
