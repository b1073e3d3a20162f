import type { IProbe } from 'kubernetes-models/v1/Probe'
import { isLasting, ofKind } from '../manifest.ts'
import { eachContainer, eachWorkload, type Rule } from '../rule.ts'

const PINNED = /(@sha256:[0-9a-f]{64}|:(?!latest$)\w[\w.-]*)$/
const SECRET = /PASSWORD|SECRET|TOKEN|PRIVATE_KEY/

/** What every container has. */
export const containers: Rule[] = [
  {
    name: 'a root that cannot be written to',
    reason: 'what an attacker cannot leave behind cannot run; data goes to volumes',
    faults: eachContainer(({ securityContext }) => securityContext?.readOnlyRootFilesystem === true),
  },
  {
    name: 'pinned images',
    reason: 'two pods of one Deployment run the same program',
    faults: eachContainer(({ image = '' }) => PINNED.test(image)),
  },
  {
    name: 'images that are there are not pulled',
    reason: 'a pod starts while the registry is away, and where there is none',
    faults: eachContainer(({ imagePullPolicy }) => imagePullPolicy === 'IfNotPresent'),
  },
  {
    name: 'requests and a limit of memory',
    reason:
      'the scheduler knows what fits, and a leak ends one container, not a node; no limit of CPU, which only slows down',
    faults: eachContainer(
      ({ resources }) =>
        resources?.requests?.cpu !== undefined &&
        resources.requests.memory !== undefined &&
        resources.limits?.memory !== undefined &&
        resources.limits.cpu === undefined,
    ),
  },
  {
    name: 'liveness is not readiness',
    reason: 'a dependency that is away must not end the process that waits for it',
    faults: eachContainer((container, workload) => {
      if (!isLasting(workload) || !workload.running.includes(container)) return true
      const { livenessProbe: live, readinessProbe: ready = container.startupProbe } = container
      return live !== undefined && ready !== undefined && actionOf(live) !== actionOf(ready)
    }),
  },
  {
    name: 'no secrets in manifests',
    reason: 'manifests are in git',
    faults: eachContainer(({ env = [] }) =>
      env.every(({ name, value }) => value === undefined || name.endsWith('_FILE') || !SECRET.test(name)),
    ),
  },
  {
    name: 'no Secret among the manifests',
    reason: 'passwords are made in the cluster, and an apply must not replace them',
    faults: ({ manifests }) => ofKind(manifests, 'Secret').map(({ metadata }) => metadata.name),
  },
  {
    name: 'no token of the API server',
    reason: 'what is broken into can ask the cluster for nothing; only who has a role may',
    faults: eachWorkload(({ template: { spec } }, { manifests }) => {
      const account = ofKind<{ automountServiceAccountToken?: boolean }>(manifests, 'ServiceAccount').find(
        ({ metadata }) => metadata.name === spec?.serviceAccountName,
      )
      const bound = ofKind<{ subjects?: { name: string }[] }>(manifests, 'RoleBinding').some(({ subjects = [] }) =>
        subjects.some(({ name }) => name === spec?.serviceAccountName),
      )
      return account?.automountServiceAccountToken === false && spec?.automountServiceAccountToken === bound
    }),
  },
  {
    name: 'no variables of other Services',
    reason: 'a Service with an unlucky name would set a variable that a program reads',
    faults: eachWorkload(({ template: { spec } }) => spec?.enableServiceLinks === false),
  },
]

function actionOf({ exec, httpGet, tcpSocket, grpc }: IProbe): string {
  return JSON.stringify({ exec, httpGet, tcpSocket, grpc })
}
