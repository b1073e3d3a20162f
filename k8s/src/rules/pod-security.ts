import { eachContainer, eachWorkload, type Rule } from '../rule.ts'

// "restricted" of the Pod Security Standards: https://kubernetes.io/docs/concepts/security/pod-security-standards/
const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

/** What the namespace enforces: a pod that breaks one of these is refused, and the Deployment hangs without a word. */
export const podSecurity: Rule[] = [
  {
    name: 'no namespaces of the host',
    reason: 'a pod in them sees the processes and the network of all others',
    faults: eachWorkload(({ template: { spec } }) => !spec?.hostNetwork && !spec?.hostPID && !spec?.hostIPC),
  },
  {
    name: 'no ports of the host',
    reason: 'a second pod would find no place on the node',
    faults: eachContainer(({ ports = [] }) => ports.every(({ hostPort }) => !hostPort)),
  },
  {
    name: 'harmless volumes only',
    reason: 'a folder of the node leads out of the container',
    faults: eachWorkload(({ template: { spec } }) =>
      (spec?.volumes ?? []).every((volume) =>
        Object.keys(volume).every((key) => key === 'name' || VOLUMES.includes(key)),
      ),
    ),
  },
  {
    name: 'no more rights later',
    reason: 'a program with setuid could give itself those of root',
    faults: eachContainer(
      ({ securityContext: context }) => context?.allowPrivilegeEscalation === false && !context.privileged,
    ),
  },
  {
    name: 'no capabilities',
    reason: 'nothing here needs one',
    faults: eachContainer(
      ({ securityContext: context }) =>
        context?.capabilities?.drop?.includes('ALL') === true && !context.capabilities.add,
    ),
  },
  {
    name: 'not root',
    reason: 'whoever breaks out is nobody; by number, since the kubelet cannot look up a name',
    faults: eachWorkload(({ template: { spec } }) => {
      const { runAsNonRoot, runAsUser = 0, runAsGroup = 0 } = spec?.securityContext ?? {}
      return runAsNonRoot === true && Number(runAsUser) > 0 && Number(runAsGroup) > 0
    }),
  },
  {
    name: 'seccomp',
    reason: 'system calls that no program here makes are the ones that kernels are attacked by',
    faults: eachWorkload(({ template: { spec } }) => spec?.securityContext?.seccompProfile?.type === 'RuntimeDefault'),
  },
  {
    name: 'probes of the pod itself',
    reason: 'a host in a probe makes the kubelet call anybody',
    faults: eachContainer(({ readinessProbe, livenessProbe, startupProbe, lifecycle }) =>
      [readinessProbe, livenessProbe, startupProbe, lifecycle?.preStop].every(
        (probe) => probe?.httpGet?.host === undefined && probe?.tcpSocket?.host === undefined,
      ),
    ),
  },
]
