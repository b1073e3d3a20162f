import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Manifest } from '@livepods/k8s/manifest'
import { renderer } from '@livepods/k8s/render'
import { declarationsIn } from '@livepods/system'
import { type Places, placeFaults, readPlaces } from '../src/places.ts'

const declared = await declarationsIn()
const unrendered = renderer ? false : 'neither kubectl nor kustomize is installed'
const places = await readPlaces(declared)

test('every place says of all programs what they declare', () => {
  assert.deepEqual(placeFaults(places, declared), [])
})

/** Places with a change of one text. */
function changed(file: string, was: string | RegExp, is: string | ((found: string) => string)): Places {
  const text = places.files[file] ?? ''
  const now = text.replace(was, is as string)
  assert.notEqual(now, text, `${file} has no ${was}`)
  return { ...places, files: { ...places.files, [file]: now } }
}

/** Places with a change of one manifest. */
// biome-ignore lint/suspicious/noExplicitAny: mistakes have no type
function deployed(kind: string, name: string, mistake: (manifest: any) => unknown): Places {
  const manifests = structuredClone(places.manifests ?? [])
  const found = manifests.find((manifest: Manifest) => manifest.kind === kind && manifest.metadata.name === name)
  assert.ok(found, `${kind}/${name}`)
  mistake(found)
  return { ...places, manifests }
}

const compose = (was: string | RegExp, is: string) => changed('docker/compose.yaml', was, is)
// biome-ignore lint/suspicious/noExplicitAny: mistakes have no type
const container = (manifest: any) => manifest.spec.template.spec.containers[0]
// biome-ignore lint/suspicious/noExplicitAny: mistakes have no type
const without = (manifest: any, variable: string) =>
  (container(manifest).env = container(manifest).env.filter(({ name }: { name: string }) => name !== variable))

const MISTAKES: [fault: string, () => Places][] = [
  ['README.md has no row for receiver', () => changed('README.md', /^\| \[receiver\].*\n/m, '')],
  [
    'README.md says of receiver something else than "8000"',
    () => changed('README.md', /(\| \[receiver\].*)8000/, '$18001'),
  ],
  [
    'README.md has a row for courier, which is no service',
    () => changed('README.md', /^(?=\| \[receiver\])/m, '| [courier](services/courier) | sends | |\n'),
  ],
  ['docker/compose.yaml has no block for receiver', () => compose(/^ {2}receiver:/m, '  reciever:')],
  ['docker/compose.yaml: receiver: its image is', () => compose('livepods-receiver', 'livepods-frontend')],
  [
    'docker/compose.yaml: mysql: no Dockerfile makes ghcr.io/livepods/livepods-mysql:1',
    () => compose(/(mysql:\n {4}<<: \*contained\n {4}image: ).*/, '$1ghcr.io/livepods/livepods-mysql:1'),
  ],
  [
    'docker/compose.yaml: receiver: it is built by services/frontend/Dockerfile',
    () => compose('services/receiver/Dockerfile', 'services/frontend/Dockerfile'),
  ],
  ['docker/compose.yaml: retry: it does not run src/retry.ts', () => compose('src/retry.ts', 'src/main.ts')],
  ['docker/compose.yaml: retry: its profiles are none', () => compose('profiles: [retry]', 'profiles: []')],
  ['docker/compose.yaml: receiver: port 8000 is for everybody', () => compose(/ports: .*:8000"]/, 'ports: []')],
  [
    'docker/compose.yaml: face-recognition: port 50051 is for callers',
    () => compose('    cpu_shares: 512\n', '    ports: ["50051:50051"]\n'),
  ],
  [
    'docker/compose.yaml: face-recognition: GALERY_DIR is unknown to its program',
    () => compose('GALLERY_DIR', 'GALERY_DIR'),
  ],
  [
    'docker/compose.yaml: receiver: The environment does not fit',
    () => compose('PRODUCER_ADDRESS: nsqd:4150', 'PRODUCER_ADDRESS: nsqd'),
  ],
  [
    'docker/compose.yaml: frontend: RECEIVER_URL is not set: it leads to receiver',
    () => compose('      RECEIVER_URL: http://receiver:8000\n', ''),
  ],
  ['docker/compose.yaml: frontend: STATUS_URLS lacks receiver', () => compose('receiver=http://receiver:9090,', '')],
  [
    'docker/compose.yaml: frontend: STATUS_URLS has courier, which is no service',
    () => compose('STATUS_URLS: ', 'STATUS_URLS: courier=http://courier:9090,'),
  ],
  ['docker/compose.yaml: frontend: NAVIGATION lacks Live', () => compose('-Live=', '-Life=')],
  ['docker/compose.yaml: frontend: NAVIGATION has Life, which is no page', () => compose('-Live=', '-Life=')],
  [
    'docker/compose.yaml: receiver: TRUST_PROXY is not set: all clients of frontend count as one',
    () => compose(/ {6}TRUST_PROXY: .*\n/, ''),
  ],
  [
    'docker/compose.no-registry.yaml has no block with the image of nsq',
    () => changed('docker/compose.no-registry.yaml', 'livepods-nsq:', 'livepods-nqs:'),
  ],
  [
    'docker/compose.access.yaml: receiver: ACCESS_TOKENS_FILE is not set',
    () => changed('docker/compose.access.yaml', /^ {2}receiver:.*\n/m, ''),
  ],
  [
    'docker/compose.access.yaml: image-processor: its token is that of manage, and its role is submit',
    () => changed('docker/compose.access.yaml', 'token-submit', 'token-manage'),
  ],
  [
    'k8s/base has no workload for receiver',
    () =>
      deployed(
        'Deployment',
        'receiver',
        ({ spec }) => (spec.template.metadata.labels['app.kubernetes.io/name'] = 'reciever'),
      ),
  ],
  [
    'k8s/base: receiver: no container of it runs its image',
    () => deployed('Deployment', 'receiver', (it) => (container(it).image = 'ghcr.io/livepods/livepods-frontend:1')),
  ],
  [
    'k8s/base: receiver: its component is not faces',
    () =>
      deployed(
        'Deployment',
        'receiver',
        ({ spec }) => (spec.template.metadata.labels['app.kubernetes.io/component'] = 'data'),
      ),
  ],
  [
    'k8s/base: receiver: its replicas are 3, not 2',
    () => deployed('HorizontalPodAutoscaler', 'receiver', ({ spec }) => (spec.minReplicas = 3)),
  ],
  [
    'k8s/base: frontend: its replicas are 1, not 2',
    () => deployed('Deployment', 'frontend', ({ spec }) => delete spec.replicas),
  ],
  [
    'k8s/base: receiver: migrate does not run before it',
    () => deployed('Deployment', 'receiver', ({ spec }) => (spec.template.spec.initContainers = [])),
  ],
  [
    'k8s/base: receiver: no Service leads to its port 8000',
    () => deployed('Service', 'receiver', ({ spec }) => (spec.ports[0].targetPort = 'ops')),
  ],
  [
    'k8s/base: receiver: no Service with the label livepods/ops leads to it: Prometheus does not find it',
    () => deployed('Service', 'receiver-ops', ({ metadata }) => delete metadata.labels['livepods/ops']),
  ],
  [
    'k8s/base: receiver: ACCESS_TOKENS_FILE is not set: everybody may do everything',
    () => deployed('Deployment', 'receiver', (it) => without(it, 'ACCESS_TOKENS_FILE')),
  ],
  [
    'k8s/base: frontend: ACCESS_TOKEN_FILE is not set, and its role is manage',
    () => deployed('Deployment', 'frontend', (it) => without(it, 'ACCESS_TOKEN_FILE')),
  ],
  [
    'k8s/base: frontend: STATUS_URLS lacks receiver',
    () => deployed('Deployment', 'frontend', (it) => without(it, 'STATUS_URLS')),
  ],
  [
    'k8s/base: frontend: NAVIGATION lacks Live',
    () => deployed('Deployment', 'frontend', (it) => without(it, 'NAVIGATION')),
  ],
  [
    'k8s/base: receiver: TRUST_PROXY is not set: all clients of frontend count as one',
    () => deployed('Deployment', 'receiver', (it) => without(it, 'TRUST_PROXY')),
  ],
  [
    'k8s/components/monitoring/alerts.yaml does not say whether receiver is ready',
    () =>
      changed(
        'k8s/components/monitoring/alerts.yaml',
        'kube_pod_status_ready{namespace="livepods",condition="false"}',
        'kube_pod_status_ready{namespace="livepods",condition="false",pod=~"frontend-.*"}',
      ),
  ],
  [
    'k8s/components/monitoring/livepods.json does not say whether receiver is ready',
    () => changed('k8s/components/monitoring/livepods.json', 'kube_pod_status_ready', 'kube_pod_status_phase'),
  ],
  [
    '.github/workflows/images.yml lacks "- { name: receiver, folder: services/receiver }": pnpm generate',
    () => changed('.github/workflows/images.yml', / *- \{ name: receiver, .*\n/, ''),
  ],
  [
    '.github/workflows/images.yml has "- { name: courier, folder: services/courier }", which nobody declares: pnpm generate',
    () =>
      changed(
        '.github/workflows/images.yml',
        / *- \{ name: receiver, .*\n/,
        (row) => row + row.replaceAll('receiver', 'courier'),
      ),
  ],
  [
    'k8s/components/monitoring/metrics.yaml lacks "- receiver": pnpm generate',
    () => changed('k8s/components/monitoring/metrics.yaml', '          - receiver\n', ''),
  ],
  [
    'k8s/base/faces/kustomization.yaml lacks "- receiver": pnpm generate',
    () => changed('k8s/base/faces/kustomization.yaml', '  - receiver\n', ''),
  ],
]

describe('a mistake is found, and the place is named', () => {
  for (const [fault, mistake] of MISTAKES)
    test(fault, { skip: fault.startsWith('k8s/base') && !fault.includes('.yaml') && unrendered }, () => {
      const faults = placeFaults(mistake(), declared)
      assert.ok(
        faults.some((found) => found.startsWith(fault)),
        faults.join('\n'),
      )
    })
})
