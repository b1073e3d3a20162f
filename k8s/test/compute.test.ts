import assert from 'node:assert/strict'
import { test } from 'node:test'
import { variablesOf } from '../src/environment.ts'
import { labelsOf, ofKind, selects, type Workload } from '../src/manifest.ts'
import { render, renderer } from '../src/render.ts'
import { suiteOf } from '../src/rule.ts'

const skip = renderer ? false : 'neither kubectl nor kustomize is installed'
const { manifests, workloads } = suiteOf(renderer ? await render(new URL('../base/', import.meta.url)) : [])
const WORKERS = ['boinc', 'milky-way', 'world-community-grid']
const named = (name: string) => workloads.find((workload) => workload.name === name) as Workload
const podOf = (name: string) => named(name).template.spec

for (const name of WORKERS)
  test(`${name} keeps off nodes of the media-server: what it keeps off are labels that its pods have`, { skip }, () => {
    const terms = podOf(name)?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    const [term, ...others] = terms
    assert.deepEqual(others, [])
    assert.equal(term?.topologyKey, 'kubernetes.io/hostname')
    const selected = workloads.filter((workload) => selects((term?.labelSelector ?? {}) as object, labelsOf(workload)))
    assert.deepEqual(
      selected.map(({ name }) => name),
      ['media-server'],
    )
  })

test('boinc goes first where room is scarce, and takes no room from anybody', { skip }, () => {
  const classes = ofKind<{ value: number; preemptionPolicy?: string }>(manifests, 'PriorityClass')
  const own = classes.find(({ metadata }) => metadata.name === podOf('boinc')?.priorityClassName)
  assert.equal(own?.preemptionPolicy, 'Never')
  // Pods without a class have 0.
  for (const { metadata, value } of classes.filter((other) => other !== own))
    assert.ok(own.value < 0 && own.value < value, metadata.name)
})

test('boinc reaches the outside only: no address that a cluster, a network of its nodes or a cloud has for itself', {
  skip,
}, () => {
  interface Policy {
    spec: { egress?: { to?: { ipBlock?: { cidr: string; except?: string[] } }[]; ports: { port: number }[] }[] }
  }
  const policy = ofKind<Policy>(manifests, 'NetworkPolicy').find(({ metadata }) => metadata.name === 'boinc')
  assert.deepEqual(policy?.spec.egress, [
    {
      to: [
        {
          ipBlock: {
            cidr: '0.0.0.0/0',
            except: ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
          },
        },
      ],
      ports: [{ port: 80 }, { port: 443 }],
    },
  ])
})

test('boinc keeps its identity, its tasks and their checkpoints on a volume of each pod', { skip }, () => {
  const { spec } = named('boinc').manifest as unknown as {
    spec: { volumeClaimTemplates?: { metadata: { name: string } }[] }
  }
  const [claim] = spec.volumeClaimTemplates ?? []
  const [container] = podOf('boinc')?.containers ?? []
  const mount = container?.volumeMounts?.find(({ name }) => name === claim?.metadata.name)
  assert.equal(mount?.mountPath, '/var/lib/livepods/boinc')
})

test('each worker has a file of projects of its own, and none of the suite’s tokens', { skip }, () => {
  const files = WORKERS.map((name) => {
    const volume = podOf(name)?.volumes?.find((one) => one.name === 'secrets')
    return (volume?.projected?.sources ?? []).map(({ secret }) => secret?.name)
  })
  assert.deepEqual(files, [
    ['compute', 'boinc-projects'],
    ['compute', 'milky-way-projects'],
    ['compute', 'world-community-grid-projects'],
  ])
})

test('a worker is attached by a file: no key is in its arguments or its environment', { skip }, () => {
  for (const container of WORKERS.flatMap((name) => named(name).containers)) {
    assert.deepEqual([container.command, container.args], [undefined, undefined])
    assert.equal(variablesOf(container, manifests).BOINC_PROJECTS_FILE, '/secrets/projects')
  }
})
