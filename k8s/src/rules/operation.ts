import { ofKind, titleOf, workloadsOf } from '../manifest.ts'
import { eachWorkload, type Rule } from '../rule.ts'

/** API versions that Kubernetes 1.30 and later serve; validators know removed ones as well. */
const SERVED = [
  'v1',
  'apps/v1',
  'autoscaling/v2',
  'batch/v1',
  'networking.k8s.io/v1',
  'policy/v1',
  'rbac.authorization.k8s.io/v1',
  'scheduling.k8s.io/v1',
  // Of operators, in components only.
  'external-secrets.io/v1',
  'keda.sh/v1alpha1',
  'metallb.io/v1beta1',
  'monitoring.coreos.com/v1',
]

interface CronJob {
  spec: {
    timeZone?: string
    concurrencyPolicy?: string
    suspend?: boolean
    startingDeadlineSeconds?: number
    jobTemplate: { spec: { activeDeadlineSeconds?: number } }
  }
}
interface Job {
  spec: { ttlSecondsAfterFinished?: number }
}
interface Service {
  spec: { sessionAffinity?: string }
}
interface NetworkPolicy {
  spec: { podSelector: object; policyTypes: string[]; ingress?: unknown; egress?: unknown }
}

/** What operation over years needs. */
export const operation: Rule[] = [
  {
    name: 'served API versions',
    reason: 'an apply would end half-way',
    faults: ({ manifests }) =>
      manifests
        .filter(({ apiVersion }) => !SERVED.includes(apiVersion))
        .map((manifest) => `${titleOf(manifest)}: ${manifest.apiVersion}`),
  },
  {
    name: 'names of DNS',
    reason: 'an apply would end half-way',
    faults: ({ manifests }) =>
      manifests.filter(({ metadata }) => !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(metadata.name)).map(titleOf),
  },
  {
    name: 'the namespace refuses unsafe pods',
    reason: 'a pod of somebody else in it could otherwise be root',
    faults: ({ manifests }) =>
      ofKind(manifests, 'Namespace')
        .filter(({ metadata: { labels = {} } }) =>
          ['enforce', 'warn', 'audit'].some((mode) => labels[`pod-security.kubernetes.io/${mode}`] !== 'restricted'),
        )
        .map(titleOf),
  },
  {
    name: 'silence by default',
    reason: 'a flow that nobody wrote down does not exist',
    faults: ({ manifests }) =>
      ofKind<NetworkPolicy>(manifests, 'NetworkPolicy').some(
        ({ spec }) =>
          Object.keys(spec.podSelector).length === 0 &&
          spec.policyTypes.length === 2 &&
          spec.ingress === undefined &&
          spec.egress === undefined,
      )
        ? []
        : ['no NetworkPolicy denies everything'],
  },
  {
    name: 'no sticky sessions',
    reason: 'any replica answers anybody: who is bound to one loses it with that replica, and a new one stays idle',
    faults: ({ manifests }) => [
      ...manifests.filter(({ metadata: { annotations = {} } }) => Object.keys(annotations).some(isSticky)).map(titleOf),
      ...ofKind<Service>(manifests, 'Service')
        .filter(({ spec }) => spec.sessionAffinity === 'ClientIP')
        .map(titleOf),
    ],
  },
  {
    name: 'data is kept',
    reason: "`kubectl delete -k k8s -l '!livepods/keep'` must leave namespace and volumes",
    faults: ({ manifests }) =>
      manifests
        .filter(({ kind }) => kind === 'Namespace' || kind === 'PersistentVolumeClaim')
        .filter(({ metadata }) => metadata.labels?.['livepods/keep'] !== 'true')
        .map(titleOf),
  },
  {
    name: 'jobs on time, one at a time, and not for ever',
    reason:
      'a time zone of the node surprises, two at once are in each other’s way, one that hangs blocks all that follow',
    faults: ({ manifests }) =>
      ofKind<CronJob>(manifests, 'CronJob')
        .filter(
          ({ spec }) =>
            !spec.timeZone ||
            spec.concurrencyPolicy !== 'Forbid' ||
            !spec.jobTemplate.spec.activeDeadlineSeconds ||
            // After a hundred missed times a CronJob without one never runs again.
            !(spec.startingDeadlineSeconds || spec.suspend),
        )
        .map(titleOf),
  },
  {
    name: 'a Job goes by itself and has no version of ours',
    reason: 'it cannot be changed: the apply of the next version would fail on it',
    faults: ({ manifests }) =>
      ofKind<Job>(manifests, 'Job')
        .filter(
          (job) =>
            !job.spec.ttlSecondsAfterFinished ||
            workloadsOf([job]).some(({ containers }) =>
              containers.some(({ image = '' }) => image.includes('livepods')),
            ),
        )
        .map(titleOf),
  },
  {
    name: 'what belongs together says so',
    reason: 'people and tools find all of it by one label',
    faults: ({ manifests }) =>
      manifests.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/part-of'] !== 'livepods').map(titleOf),
  },
  {
    name: 'every workload has a name to select',
    reason: 'policies, budgets and people choose by it; the workload has the same name, or its plural',
    faults: eachWorkload(
      ({ name, manifest: { metadata }, template }) =>
        template.metadata?.labels?.['app.kubernetes.io/name'] === name && [name, `${name}s`].includes(metadata.name),
    ),
  },
]

/** Of an annotation, as the controllers of nginx, Traefik, HAProxy and the clouds call it. */
function isSticky(name: string): boolean {
  return /affinity|sticky|session-cookie|cookie-persistence/i.test(name)
}
