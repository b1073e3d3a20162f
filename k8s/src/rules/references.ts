import { madeSecrets } from '../made-secrets.ts'
import { type Manifest, ofKind, selectedBy, selects, titleOf, type Workload } from '../manifest.ts'
import { eachContainer, eachWorkload, type Rule, type Suite } from '../rule.ts'

interface Service {
  spec: {
    type?: string
    selector?: Record<string, string>
    ports: { name: string; port: number; targetPort?: unknown }[]
  }
}
interface Ingress {
  spec: { rules: { http: { paths: { backend: { service: { name: string; port: { name?: string } } } }[] } }[] }
}
type Data = { data?: Record<string, string> }
/** A ConfigMap or Secret and one of its keys; without a key all of it. */
interface Reference {
  kind: 'ConfigMap' | 'Secret'
  name?: string | undefined
  key?: string | undefined
}

/** Names that have to fit, which a cluster finds out only when a pod starts, or never. */
export const references: Rule[] = [
  {
    name: 'ConfigMaps and Secrets are there',
    reason: 'a pod whose volume or variable is missing waits for ever',
    faults: ({ manifests, workloads }) =>
      workloads.flatMap((workload) =>
        referencesOf(workload)
          .filter((reference) => !isThere(reference, manifests))
          .map(({ kind, name, key }) => `${workload.name} needs ${kind}/${name} ${key ?? ''}`.trimEnd()),
      ),
  },
  {
    name: 'mounts have a volume',
    reason: 'the API server would refuse the pod',
    faults: eachContainer(({ volumeMounts = [] }, { manifest, template: { spec } }) => {
      const { volumeClaimTemplates = [] } = (manifest as unknown as { spec: { volumeClaimTemplates?: Manifest[] } })
        .spec
      const names = [...(spec?.volumes ?? []), ...volumeClaimTemplates.map(({ metadata }) => metadata)].map(
        ({ name }) => name,
      )
      return volumeMounts.every(({ name }) => names.includes(name))
    }),
  },
  {
    name: 'claims are there',
    reason: 'a pod whose claim is missing waits for ever',
    faults: eachWorkload(({ template: { spec } }, { manifests }) =>
      (spec?.volumes ?? []).every(
        ({ persistentVolumeClaim: claim }) => !claim || claimsOf(manifests).some((name) => name.test(claim.claimName)),
      ),
    ),
  },
  {
    name: 'probes go to a port of their container',
    reason: 'a probe of a name that is no port never succeeds',
    faults: eachContainer(({ ports = [], readinessProbe, livenessProbe, startupProbe }) =>
      [readinessProbe, livenessProbe, startupProbe]
        .map((probe) => probe?.httpGet?.port ?? probe?.tcpSocket?.port)
        .every((port) => port === undefined || ports.some(({ name }) => name === port)),
    ),
  },
  {
    name: 'a Service has one workload and its ports',
    reason: 'one that selects nothing, or two things, is a typing error',
    faults: ({ manifests, workloads }) =>
      ofKind<Service>(manifests, 'Service')
        .filter(({ spec }) => spec.type !== 'ExternalName')
        .filter(({ spec }) => {
          const [workload, ...others] = selectedBy(spec.selector, workloads)
          const ports = workload?.running.flatMap(({ ports = [] }) => ports.map(({ name }) => name)) ?? []
          return others.length > 0 || !spec.ports.every(({ targetPort }) => ports.includes(targetPort as string))
        })
        .map(titleOf),
  },
  {
    name: 'selectors fit their template',
    reason: 'and only by the name, since a selector cannot be changed later',
    faults: eachWorkload((workload) => {
      const { selector } = (workload.manifest as unknown as { spec: { selector?: { matchLabels: object } } }).spec
      return (
        !selector ||
        JSON.stringify(selector.matchLabels) === JSON.stringify({ [NAME]: workload.template.metadata?.labels?.[NAME] })
      )
    }),
  },
  {
    name: 'an Ingress leads to a Service',
    reason: 'it would answer 503',
    faults: ({ manifests }) =>
      ofKind<Ingress>(manifests, 'Ingress')
        .filter(({ spec }) =>
          spec.rules
            .flatMap(({ http }) => http.paths.map(({ backend }) => backend.service))
            .some(
              ({ name, port }) =>
                !ofKind<Service>(manifests, 'Service').some(
                  (service) =>
                    service.metadata.name === name && service.spec.ports.some((other) => other.name === port.name),
                ),
            ),
        )
        .map(titleOf),
  },
  {
    name: 'an account of its own',
    reason: 'what one workload may do, no other may',
    faults: ({ manifests, workloads }) =>
      workloads
        .filter(({ template: { spec } }) => {
          const isThere = ofKind(manifests, 'ServiceAccount').some(
            ({ metadata }) => metadata.name === spec?.serviceAccountName,
          )
          // A backup and its restore are one thing.
          const others = workloads.filter(
            (other) => other.template.spec?.serviceAccountName === spec?.serviceAccountName,
          )
          return !isThere || (others.length > 1 && !others.every(({ kind }) => kind === 'CronJob'))
        })
        .map(({ manifest }) => titleOf(manifest)),
  },
  {
    name: 'policies and budgets select somebody',
    reason: 'one with a typing error protects nobody, and nobody notices',
    faults: ({ manifests, workloads }) =>
      [...ofKind<PodSelecting>(manifests, 'NetworkPolicy'), ...ofKind<PodSelecting>(manifests, 'PodDisruptionBudget')]
        .filter((manifest) => !selectorsOf(manifest).every((selector) => isSelected(selector, workloads)))
        .map(titleOf),
  },
]

/** Names of claims; those that a StatefulSet makes have the number of the pod, which may be gone. */
function claimsOf(manifests: Manifest[]): RegExp[] {
  const made = ofKind<{ spec: { volumeClaimTemplates?: Manifest[] } }>(manifests, 'StatefulSet').flatMap(
    ({ metadata: { name }, spec: { volumeClaimTemplates = [] } }) =>
      volumeClaimTemplates.map((template) => `${template.metadata.name}-${name}-\\d+`),
  )
  const claims = ofKind(manifests, 'PersistentVolumeClaim').map(({ metadata }) => metadata.name)
  return [...claims, ...made].map((name) => new RegExp(`^${name}$`))
}

const NAME = 'app.kubernetes.io/name'

interface PodSelecting {
  spec: { podSelector?: object; selector?: object; ingress?: Flow[]; egress?: Flow[] }
}
interface Flow {
  from?: Peer[]
  to?: Peer[]
}
interface Peer {
  podSelector?: object
  namespaceSelector?: object
}

function selectorsOf({ spec }: PodSelecting): { matchExpressions?: { key: string; values?: string[] }[] }[] {
  const peers = [...(spec.ingress ?? []), ...(spec.egress ?? [])].flatMap(({ from = [], to = [] }) => [...from, ...to])
  const own = peers.filter(({ namespaceSelector }) => !namespaceSelector).map(({ podSelector }) => podSelector)
  return [spec.podSelector, spec.selector, ...own].filter((selector) => selector !== undefined)
}

/** Every name of an `In` has to be somebody's. */
function isSelected(
  { matchExpressions = [], ...rest }: { matchExpressions?: { key: string; values?: string[] }[] },
  workloads: Workload[],
): boolean {
  const alternatives = matchExpressions.flatMap(({ key, values = [] }) => values.map((value) => ({ [key]: value })))
  const all = alternatives.length > 0 ? alternatives.map((matchLabels) => ({ matchLabels })) : [rest]
  return all.every((selector) => workloads.some(({ template }) => selects(selector, template.metadata?.labels)))
}

function referencesOf({ template: { spec }, containers }: Workload): Reference[] {
  const volumes = (spec?.volumes ?? []).flatMap((volume): Reference[] => {
    const sources = [volume, ...(volume.projected?.sources ?? [])] as {
      configMap?: { name?: string }
      secret?: { name?: string; secretName?: string; items?: { key: string }[]; optional?: boolean }
    }[]
    const needed = sources.filter(({ secret }) => secret?.optional !== true)
    return needed.flatMap(({ configMap, secret }): Reference[] => [
      ...(configMap ? [{ kind: 'ConfigMap' as const, name: configMap.name }] : []),
      ...(secret?.items ?? (secret ? [{ key: undefined }] : [])).map(({ key }) => ({
        kind: 'Secret' as const,
        name: secret?.name ?? secret?.secretName,
        key,
      })),
    ])
  })
  const variables = containers.flatMap(({ env = [], envFrom = [] }): Reference[] => [
    ...env.flatMap(({ valueFrom }): Reference[] => [
      ...(valueFrom?.secretKeyRef ? [{ kind: 'Secret' as const, ...valueFrom.secretKeyRef }] : []),
      ...(valueFrom?.configMapKeyRef ? [{ kind: 'ConfigMap' as const, ...valueFrom.configMapKeyRef }] : []),
    ]),
    ...envFrom.flatMap(({ configMapRef }) =>
      configMapRef ? [{ kind: 'ConfigMap' as const, name: configMapRef.name }] : [],
    ),
  ])
  return [...volumes, ...variables]
}

function isThere({ kind, name = '', key }: Reference, manifests: Suite['manifests']): boolean {
  const found = ofKind<Data>(manifests, kind).find(({ metadata }) => metadata.name === name)
  const external = ofKind<ExternalSecret>(manifests, 'ExternalSecret').find(({ spec }) => spec.target.name === name)
  const keys = [
    ...Object.keys(found?.data ?? {}),
    ...(kind === 'Secret' ? (madeSecrets[name] ?? []) : []),
    ...(external?.spec.data.map(({ secretKey }) => secretKey) ?? []),
  ]
  return key === undefined ? keys.length > 0 : keys.includes(key)
}

interface ExternalSecret {
  spec: { target: { name: string }; data: { secretKey: string }[] }
}
