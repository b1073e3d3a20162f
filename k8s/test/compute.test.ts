import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compose } from '../src/compositions.ts'
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

for (const name of WORKERS)
  test(`${name} keeps its identity, its tasks and their checkpoints on a volume of each pod`, { skip }, () => {
    const { spec } = named(name).manifest as unknown as {
      spec: { volumeClaimTemplates?: { metadata: { name: string } }[] }
    }
    const [claim] = spec.volumeClaimTemplates ?? []
    const [container] = podOf(name)?.containers ?? []
    const mount = container?.volumeMounts?.find((one) => one.name === claim?.metadata.name)
    assert.equal(mount?.mountPath, '/var/lib/livepods/boinc')
  })

for (const name of WORKERS)
  test(`${name} has probes, a budget, an unprivileged user, and no Service that leads to its client`, { skip }, () => {
    const [container] = podOf(name)?.containers ?? []
    assert.ok(container?.startupProbe && container.readinessProbe && container.livenessProbe)
    assert.deepEqual(
      [podOf(name)?.securityContext?.runAsNonRoot, podOf(name)?.hostNetwork, podOf(name)?.hostPID],
      [true, undefined, undefined],
    )
    interface Selecting {
      spec: { selector?: Record<string, string>; ports?: { port: number }[] }
    }
    const own = labelsOf(named(name))
    const budgets = ofKind<Selecting>(manifests, 'PodDisruptionBudget').filter(({ spec }) =>
      selects(spec.selector ?? {}, own),
    )
    assert.equal(budgets.length, 1)
    const ports = ofKind<Selecting>(manifests, 'Service')
      .filter(({ spec }) => spec.selector && selects({ matchLabels: spec.selector }, own))
      .flatMap(({ spec }) => spec.ports ?? [])
    assert.deepEqual(ports.map(({ port }) => port).sort(), [8087, 9090])
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

test('a worker is attached by a file: no key and no password is in its arguments or its environment', { skip }, () => {
  for (const container of WORKERS.flatMap((name) => named(name).containers)) {
    assert.deepEqual([container.command, container.args], [undefined, undefined])
    const { BOINC_PROJECTS_FILE: file, BOINC_GUI_RPC_PASSWORD: password } = variablesOf(container, manifests)
    assert.deepEqual([file, password], ['/secrets/projects', undefined])
  }
})

/** What components make of each worker: its pod, and the variables of its container. */
async function workersWith(...components: string[]) {
  const suite = suiteOf(await compose('base', components))
  return WORKERS.map((name) => {
    const { template, containers } = suite.workloads.find((workload) => workload.name === name) as Workload
    const [container] = containers
    assert.ok(template.spec && container)
    return { pod: template.spec, container, variables: variablesOf(container, suite.manifests) }
  })
}

const tolerated = ({ pod }: { pod: { tolerations?: { key?: string }[] } }) =>
  pod.tolerations?.map(({ key }) => key).sort()
const SPOT = ['cloud.google.com/gke-spot', 'kubernetes.azure.com/scalesetpriority', 'livepods.dev/spot']
const GPU = 'nvidia.com/gpu'

test('on spot nodes a worker ends within the half minute that such a node has', { skip }, async () => {
  for (const worker of await workersWith('spot')) {
    assert.deepEqual(tolerated(worker), SPOT)
    assert.equal(worker.pod.terminationGracePeriodSeconds, 30)
    assert.equal(worker.variables.STOP_WITHIN_SECONDS, '20')
  }
})

test('with a GPU each worker has one, gives it up after a drain of 25 seconds, and never suspends what would begin anew', {
  skip,
}, async () => {
  for (const worker of await workersWith('gpu')) {
    const { limits = {}, requests = {} } = worker.container.resources ?? {}
    assert.deepEqual([limits[GPU], requests[GPU]], [1, undefined])
    assert.deepEqual(tolerated(worker), [GPU])
    assert.equal(worker.variables.DRAIN_SECONDS, '25')
    assert.equal(worker.variables.YIELD_ABOVE, undefined)
  }
})

for (const order of [
  ['gpu', 'spot'],
  ['spot', 'gpu'],
])
  test(`a GPU of a spot node: ${order.join(' and ')}`, { skip }, async () => {
    for (const worker of await workersWith(...order)) {
      assert.deepEqual(tolerated(worker), [...SPOT, GPU].sort())
      assert.equal(worker.variables.STOP_WITHIN_SECONDS, '20')
    }
  })

test('without components a worker tolerates nothing', { skip }, () => {
  for (const name of WORKERS) assert.deepEqual(podOf(name)?.tolerations, [])
})
