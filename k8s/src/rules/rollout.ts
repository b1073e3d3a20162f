import { isLasting, labelsOf, ofKind, selectedBy, selects, type Workload } from '../manifest.ts'
import { eachWorkload, type Rule, type Suite } from '../rule.ts'

interface Budget {
  spec: { maxUnavailable?: number; unhealthyPodEvictionPolicy?: string; selector: object }
}
interface Autoscaler {
  spec: {
    scaleTargetRef: { kind: string; name: string }
    minReplicas?: number
    metrics: { containerResource?: { name: string; container: string } }[]
  }
}
interface Service {
  spec: { selector?: Record<string, string>; publishNotReadyAddresses?: boolean }
}
interface Deployment {
  spec: {
    replicas?: number
    strategy?: { rollingUpdate?: { maxUnavailable?: unknown; maxSurge?: unknown } }
    selector: { matchLabels: object }
  }
}

/** Seconds beside preStop and STOP_WITHIN_SECONDS: the kubelet's and the runtime's own. */
const MARGIN_SECONDS = 5
const STOP_WITHIN_SECONDS = 25

/** What makes a new version, a drained node and a busy day unnoticeable. */
export const rollout: Rule[] = [
  {
    name: 'new before old',
    reason: 'with one replica less a rolling update refuses part of the requests',
    faults: eachWorkload((workload, suite) => {
      // A StatefulSet replaces one pod at a time, and each after the former one: its volume is the same.
      if (workload.kind === 'StatefulSet') return true
      const { rollingUpdate } = deploymentOf(workload).strategy ?? {}
      return !isReplicated(workload, suite) || (rollingUpdate?.maxUnavailable === 0 && rollingUpdate.maxSurge === 1)
    }),
  },
  {
    name: 'a budget for each',
    reason: 'a drain takes one pod at a time, and those that do not work anyway do not hold it up',
    faults: eachWorkload(
      (workload, suite) =>
        !isReplicated(workload, suite) ||
        ofKind<Budget>(suite.manifests, 'PodDisruptionBudget').some(
          ({ spec }) =>
            selects(spec.selector, labelsOf(workload)) &&
            spec.maxUnavailable === 1 &&
            spec.unhealthyPodEvictionPolicy === 'AlwaysAllow',
        ),
    ),
  },
  {
    name: 'spread over nodes',
    reason: 'a node that dies takes one replica, not all',
    faults: eachWorkload(
      (workload, suite) =>
        !isReplicated(workload, suite) ||
        (workload.template.spec?.topologySpreadConstraints ?? []).some(
          ({ topologyKey, labelSelector = {} }) =>
            topologyKey === 'kubernetes.io/hostname' && selects(labelSelector as object, labelsOf(workload)),
        ),
    ),
  },
  {
    name: 'who is called waits before it stops',
    reason: 'proxies send requests for seconds after a pod was told to go',
    faults: eachWorkload((workload, suite) => !isCalled(workload, suite) || preStopSeconds(workload) >= 5),
  },
  {
    name: 'time to stop',
    reason: 'terminationGracePeriodSeconds = preStop + STOP_WITHIN_SECONDS + 5, else work under way is cut',
    faults: eachWorkload((workload) => {
      const stop = workload.running.flatMap(({ env = [] }) => env).find(({ name }) => name === 'STOP_WITHIN_SECONDS')
      if (!stop && !isOurs(workload)) return true
      const grace = workload.template.spec?.terminationGracePeriodSeconds ?? 30
      return grace === preStopSeconds(workload) + Number(stop?.value ?? STOP_WITHIN_SECONDS) + MARGIN_SECONDS
    }),
  },
  {
    name: 'an autoscaler has somebody to scale',
    reason: 'without the container and its request of CPU it never acts; below two replicas a roll has a gap',
    faults: ({ manifests, workloads }) =>
      ofKind<Autoscaler>(manifests, 'HorizontalPodAutoscaler')
        .filter(({ spec: { scaleTargetRef: target, metrics, minReplicas = 1 } }) => {
          const workload = workloads.find(
            ({ manifest: { kind, metadata } }) => kind === target.kind && metadata.name === target.name,
          )
          const measured = metrics.every(({ containerResource }) =>
            workload?.containers.some(
              ({ name, resources }) => name === containerResource?.container && resources?.requests?.cpu !== undefined,
            ),
          )
          return !workload || !measured || minReplicas < 2
        })
        .map(({ metadata }) => metadata.name),
  },
  {
    name: 'one master of the number of replicas',
    reason: 'an apply would set back what the autoscaler chose',
    faults: eachWorkload(
      (workload, suite) => !scaledBy(workload, suite) || deploymentOf(workload).replicas === undefined,
    ),
  },
  {
    name: 'priorities',
    reason: 'where room is scarce it is clear who goes first',
    faults: eachWorkload((workload, { manifests }) => {
      const { priorityClassName } = workload.template.spec ?? {}
      return (
        !isLasting(workload) ||
        ofKind(manifests, 'PriorityClass').some(({ metadata }) => metadata.name === priorityClassName)
      )
    }),
  },
]

function deploymentOf({ manifest }: Workload): Deployment['spec'] {
  return (manifest as unknown as Deployment).spec
}

function scaledBy(workload: Workload, { manifests }: Suite): boolean {
  const targets = [
    ...ofKind<Autoscaler>(manifests, 'HorizontalPodAutoscaler'),
    ...ofKind<Autoscaler>(manifests, 'ScaledObject'),
  ]
  return targets.some(({ spec }) => spec.scaleTargetRef.name === workload.manifest.metadata.name)
}

function isReplicated(workload: Workload, suite: Suite): boolean {
  return isLasting(workload) && (scaledBy(workload, suite) || (deploymentOf(workload).replicas ?? 1) > 1)
}

/** Behind a Service that sends requests to it; one for its ops port sends none. */
function isCalled(workload: Workload, suite: Suite): boolean {
  return (
    isReplicated(workload, suite) &&
    ofKind<Service>(suite.manifests, 'Service').some(
      ({ spec }) => !spec.publishNotReadyAddresses && selectedBy(spec.selector, [workload]).length > 0,
    )
  )
}

function preStopSeconds({ running }: Workload): number {
  return Math.max(0, ...running.map(({ lifecycle }) => Number(lifecycle?.preStop?.sleep?.seconds ?? 0)))
}

function isOurs(workload: Workload): boolean {
  return isLasting(workload) && workload.running.some(({ image = '' }) => image.includes('/livepods-'))
}
