import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { compose } from '../src/compositions.ts'
import { environmentFaults } from '../src/environment.ts'
import { flowFaults } from '../src/flow-faults.ts'
import { type Manifest, type Workload, workloadsOf } from '../src/manifest.ts'
import { renderer } from '../src/render.ts'
import { suiteOf } from '../src/rule.ts'
import { rules } from '../src/rules.ts'
import { schemaFaults } from '../src/schema.ts'
import { unknownFields } from '../src/unknown-fields.ts'

/** A manifest as whatever a mistake makes of it. */
// biome-ignore lint/suspicious/noExplicitAny: mistakes have no type
type Loose = any

/** The manifests of the base, to put a mistake into. */
class Draft {
  readonly manifests: Manifest[]

  constructor(manifests: Manifest[]) {
    this.manifests = structuredClone(manifests)
  }

  get(kind: string, name: string): Loose {
    const found = this.manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name)
    assert.ok(found, `${kind}/${name}`)
    return found
  }

  pod(name: string): Loose {
    return this.#workload(name).template.spec
  }

  container(name: string): Loose {
    return this.pod(name).containers[0]
  }

  add(manifest: Loose): void {
    this.manifests.push(manifest)
  }

  remove(kind: string, name: string): void {
    this.manifests.splice(this.manifests.indexOf(this.get(kind, name)), 1)
  }

  #workload(name: string): Workload {
    const found = workloadsOf(this.manifests).find((workload) => workload.name === name)
    assert.ok(found, name)
    return found
  }
}

/** An entry of a list of Kubernetes whose entries have names. */
function named(entries: Loose[], name: string): Loose {
  const found = entries.find((entry) => entry.name === name)
  assert.ok(found, name)
  return found
}

const OURS = { 'app.kubernetes.io/part-of': 'livepods' }

/** For every rule a mistake that it finds. */
const MISTAKES: Record<string, (draft: Draft) => void> = {
  'no namespaces of the host': (draft) => (draft.pod('receiver').hostNetwork = true),
  'no ports of the host': (draft) => (draft.container('receiver').ports[0].hostPort = 8000),
  'harmless volumes only': (draft) => draft.pod('receiver').volumes.push({ name: 'host', hostPath: { path: '/tmp' } }),
  'no more rights later': (draft) => delete draft.container('receiver').securityContext.allowPrivilegeEscalation,
  'no capabilities': (draft) => delete draft.container('receiver').securityContext.capabilities,
  'not root': (draft) => (draft.pod('receiver').securityContext.runAsUser = 0),
  seccomp: (draft) => delete draft.pod('receiver').securityContext.seccompProfile,
  'probes of the pod itself': (draft) =>
    (draft.container('receiver').readinessProbe.tcpSocket.host = '169.254.169.254'),
  'a root that cannot be written to': (draft) =>
    (draft.container('receiver').securityContext.readOnlyRootFilesystem = false),
  'pinned images': (draft) => (draft.container('receiver').image = 'ghcr.io/livepods/livepods-receiver:latest'),
  'images that are there are not pulled': (draft) => (draft.container('receiver').imagePullPolicy = 'Always'),
  'requests and a limit of memory': (draft) => delete draft.container('receiver').resources.limits,
  'liveness is not readiness': (draft) => (draft.container('image-processor').livenessProbe.httpGet.path = '/readyz'),
  'no secrets in manifests': (draft) =>
    draft.container('receiver').env.push({ name: 'MYSQL_USERPASSWORD', value: 'root:root' }),
  'no Secret among the manifests': (draft) =>
    draft.add({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'mysql', labels: OURS } }),
  'no token of the API server': (draft) => (draft.pod('receiver').automountServiceAccountToken = true),
  'no variables of other Services': (draft) => delete draft.pod('receiver').enableServiceLinks,
  'ConfigMaps and Secrets are there': (draft) =>
    (named(draft.pod('receiver').volumes, 'secrets').projected.sources[0].secret.items[0].key = 'user-password'),
  'mounts have a volume': (draft) => (draft.container('receiver').volumeMounts[0].name = 'secret'),
  'claims are there': (draft) => draft.remove('PersistentVolumeClaim', 'backups'),
  'probes go to a port of their container': (draft) =>
    (draft.container('receiver').readinessProbe.tcpSocket.port = 'metrics'),
  'a Service has one workload and its ports': (draft) =>
    (draft.get('Service', 'receiver').spec.selector['app.kubernetes.io/name'] = 'reciever'),
  'selectors fit their template': (draft) =>
    (draft.get('Deployment', 'receiver').spec.selector.matchLabels['app.kubernetes.io/part-of'] = 'livepods'),
  'an Ingress leads to a Service': (draft) =>
    draft.add({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'pages', labels: OURS },
      spec: { rules: [{ http: { paths: [{ backend: { service: { name: 'frontend', port: { name: 'web' } } } }] } }] },
    }),
  'an account of its own': (draft) => (draft.pod('frontend').serviceAccountName = 'receiver'),
  'policies and budgets select somebody': (draft) =>
    draft.get('NetworkPolicy', 'mysql').spec.ingress[0].from[0].podSelector.matchExpressions[0].values.push('recieve'),
  'new before old': (draft) => delete draft.get('Deployment', 'receiver').spec.strategy,
  'a budget for each': (draft) => draft.remove('PodDisruptionBudget', 'receiver'),
  'spread over nodes': (draft) => delete draft.pod('receiver').topologySpreadConstraints,
  'who is called waits before it stops': (draft) => {
    delete draft.container('receiver').lifecycle
    draft.pod('receiver').terminationGracePeriodSeconds = 30
  },
  'time to stop': (draft) => (draft.pod('image-processor').terminationGracePeriodSeconds = 20),
  'an autoscaler has somebody to scale': (draft) =>
    (draft.get('HorizontalPodAutoscaler', 'receiver').spec.metrics[0].containerResource.container = 'app'),
  'one master of the number of replicas': (draft) => (draft.get('Deployment', 'receiver').spec.replicas = 2),
  priorities: (draft) => (draft.pod('receiver').priorityClassName = 'high'),
  'served API versions': (draft) => (draft.get('PodDisruptionBudget', 'receiver').apiVersion = 'policy/v1beta1'),
  'names of DNS': (draft) => (draft.get('Role', 'make-secrets').metadata.name = 'make_secrets'),
  'the namespace refuses unsafe pods': (draft) =>
    (draft.get('Namespace', 'livepods').metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline'),
  'silence by default': (draft) => draft.remove('NetworkPolicy', 'default-deny'),
  'no sticky sessions': (draft) =>
    (draft.get('Service', 'media-server').metadata.annotations = {
      'traefik.ingress.kubernetes.io/service.sticky.cookie': 'true',
    }),
  'data is kept': (draft) => delete draft.get('PersistentVolumeClaim', 'backups').metadata.labels['livepods/keep'],
  'jobs on time, one at a time, and not for ever': (draft) => delete draft.get('CronJob', 'retry').spec.timeZone,
  'a Job goes by itself and has no version of ours': (draft) =>
    delete draft.get('Job', 'make-secrets').spec.ttlSecondsAfterFinished,
  'what belongs together says so': (draft) => delete draft.get('Role', 'make-secrets').metadata.labels,
  'every workload has a name to select': (draft) => (draft.get('Job', 'make-secrets').metadata.name = 'secrets'),
}

const skip = renderer ? false : 'neither kubectl nor kustomize is installed'

describe('a mistake is found', { skip }, () => {
  let base: Manifest[] = []
  before(async () => {
    base = await compose('base', [])
  })

  function draft(mistake: (draft: Draft) => unknown): Manifest[] {
    const draft = new Draft(base)
    mistake(draft)
    return draft.manifests
  }

  for (const rule of rules)
    test(`by the rule "${rule.name}", and by no other`, () => {
      const mistake = MISTAKES[rule.name]
      assert.ok(mistake, 'the rule needs a mistake that it finds')
      const suite = suiteOf(draft(mistake))
      const broken = rules.filter(({ faults }) => [...faults(suite)].length > 0).map(({ name }) => name)
      assert.deepEqual(broken, [rule.name])
    })

  test('by the schema: a text in place of a number, a field that is missing', async () => {
    const manifests = draft((draft) => {
      draft.get('Deployment', 'frontend').spec.replicas = 'two'
      delete draft.get('Deployment', 'receiver').spec.selector
    })
    assert.equal((await Promise.all(manifests.map(schemaFaults))).flat().length, 2)
  })

  test('by tsc: a field that no version knows', async () => {
    const faults = await unknownFields(draft((draft) => (draft.get('Deployment', 'frontend').spec.replica = 3)))
    assert.equal(faults.length, 1)
    assert.match(faults[0] ?? '', /^Deployment\/frontend: .*replica.* does not exist/)
  })

  const flows: [string, (draft: Draft) => unknown, RegExp][] = [
    [
      'a call that is not let out',
      (draft) => draft.get('NetworkPolicy', 'image-processor').spec.egress.pop(),
      /image-processor → face-recognition:50051 is not let out/,
    ],
    [
      'a call that is not let in',
      (draft) =>
        draft.get('NetworkPolicy', 'mysql').spec.ingress[0].from[0].podSelector.matchExpressions[0].values.shift(),
      /receiver → mysql:3306 is not let in/,
    ],
    [
      'a hole',
      (draft) => delete draft.get('NetworkPolicy', 'mysql').spec.ingress[0].from,
      /anybody → mysql:3306 is let in, and nobody calls so/,
    ],
    [
      'an address that moved',
      (draft) => (draft.get('Service', 'face-recognition').spec.ports[0].port = 50052),
      /image-processor → elsewhere:50051 is not let out/,
    ],
    [
      'a name that cannot be looked up',
      (draft) => draft.remove('NetworkPolicy', 'dns'),
      /kube-system:53 is not let out/,
    ],
  ]
  for (const [title, mistake, fault] of flows)
    test(`by the flow matrix: ${title}`, () => assert.match(flowFaults(suiteOf(draft(mistake))).join('\n'), fault))

  const environments: [string, (draft: Draft) => unknown, RegExp][] = [
    [
      'a variable under another name',
      (draft) => (named(draft.container('image-processor').env, 'NSQ_LOOKUP_ADDRESS').name = 'NSQ_LOOKUPD_ADDRESS'),
      /NSQ_LOOKUPD_ADDRESS is unknown to its program(.|\n)*NSQ_LOOKUP_ADDRESS is missing/,
    ],
    [
      'a variable that no program knows',
      (draft) => draft.container('receiver').env.push({ name: 'BOGUS', value: '1' }),
      /Deployment\/receiver, container receiver: BOGUS is unknown to its program/,
    ],
    [
      'an image that no Dockerfile makes',
      (draft) => (draft.container('receiver').image = 'ghcr.io/livepods/livepods-reciever:0.1.0'),
      /no Dockerfile makes ghcr\.io\/livepods\/livepods-reciever:0\.1\.0/,
    ],
    [
      'an address that is not set',
      (draft) =>
        (draft.container('frontend').env.find(({ name }: Loose) => name === 'RECEIVER_URL').name = 'NODE_OPTIONS'),
      /container frontend: RECEIVER_URL is not set: it leads to receiver/,
    ],
    [
      'a value that is refused',
      (draft) => (named(draft.container('face-recognition').env, 'FACE_WORKERS').value = '0'),
      /FACE_WORKERS is "0", but must be/,
    ],
    [
      'a file that no volume brings',
      (draft) => (named(draft.container('receiver').env, 'MYSQL_USERPASSWORD_FILE').value = '/secrets/user-password'),
      /MYSQL_USERPASSWORD_FILE is \/secrets\/user-password, which no volume brings/,
    ],
    [
      'a port at which nobody listens',
      (draft) => (named(draft.container('frontend').ports, 'http').containerPort = 8080),
      /nothing listens on port 8080(.|\n)*port 8081 is not listed/,
    ],
  ]
  for (const [title, mistake, fault] of environments)
    test(`by the environment: ${title}`, () =>
      assert.match(environmentFaults(suiteOf(draft(mistake))).join('\n'), fault))
})
