import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { FakeCluster, FakeRegistry } from '@livepods/fakes'
import { eventually } from '@livepods/testing'
import { readWorkload, type WorkloadObject } from '../src/cluster/workload.ts'
import { verdictOf } from '../src/rollout/verdict.ts'
import { startWatch, type Watch } from './support/watch.ts'

let cluster: FakeCluster
let registry: FakeRegistry
let watch: Watch
const image = (tag = 'latest') => `${registry.host}/team/app:${tag}`
const push = (content: string, tag = 'latest') => registry.push('team/app', tag, content)

beforeEach(async () => {
  cluster = await FakeCluster.start()
  registry = await FakeRegistry.start()
})
afterEach(async () => {
  await watch[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

const phase = async (kind: string, name: string, wanted: string) =>
  await eventually(() =>
    assert.equal(
      cluster.stateOf(kind, name)?.phase,
      wanted,
      watch.reconciler.reports.map((one) => JSON.stringify(one)).join('\n'),
    ),
  )
/** What the status says of a container, once it says it. */
const says = async (name: string, pattern: RegExp) =>
  await eventually(() => {
    const report = watch.reconciler.reports.find(({ workload }) => workload.endsWith(`/${name}`))
    assert.match(JSON.stringify(report), pattern)
  })
/** Resolves when everything that was known has been looked at once more, and the registry was asked. */
async function looked(): Promise<void> {
  const before = registry.requests.length
  watch.look()
  await eventually(() => assert.ok(registry.requests.length > before))
  await eventually(() => assert.equal(watch.reconciler.isIdle, true))
}

test('a StatefulSet whose pods run, but not yet for its minReadySeconds, is not up', async () => {
  cluster.add('app', { kind: 'StatefulSet', image: image() })
  watch = await startWatch(cluster, registry)
  const verdict = (availableReplicas?: number) => {
    const object = structuredClone(cluster.get('StatefulSet', 'app')) as WorkloadObject
    const workload = readWorkload('StatefulSet', {
      ...object,
      status: { ...object.status, ...(availableReplicas !== undefined && { availableReplicas }) },
    })
    return verdictOf(workload, { since: new Date(), now: new Date(), deadlineMs: 1000 }).outcome
  }
  assert.deepEqual([verdict(0), verdict(1), verdict()], ['rolling', 'done', 'done'])
})

for (const kind of ['StatefulSet', 'DaemonSet'] as const)
  test(`a ${kind} that is stuck is undone at its deadline, though nothing changes and nobody looks at registries`, async () => {
    const one = push('one')
    cluster.add('app', { kind, image: image() })
    watch = await startWatch(cluster, registry, { deadlineMs: 30_000, deadlinesMs: 20 })
    await phase(kind, 'app', 'done')
    const broken = push('broken')
    cluster.isGood = (name) => !name.includes(broken)
    watch.look()
    await phase(kind, 'app', 'rolling')
    cluster.clockOffsetMs = 60_000
    watch.lease.renewNow()
    await phase(kind, 'app', 'undone')
    assert.equal(cluster.imageOf(kind, 'app'), `${image()}@${one}`)
  })

for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet'] as const)
  test(`a ${kind} rolls to what its tag is; a broken image is undone and not tried again, the next one is`, async () => {
    const one = push('one')
    cluster.isGood = (name) => !name.includes(registry.push('team/app', 'other', 'broken'))
    cluster.add('app', { kind, image: image() })
    watch = await startWatch(cluster, registry, { deadlineMs: 1000 })
    await phase(kind, 'app', 'done')
    assert.equal(cluster.imageOf(kind, 'app'), `${image()}@${one}`)

    const broken = push('broken')
    watch.look()
    await eventually(() => assert.ok(watch.history.changes.some(({ to }) => to.endsWith(broken))))
    // Deployments have a deadline of their own; for the others it passes in the cluster's time.
    if (kind !== 'Deployment') {
      cluster.clockOffsetMs = 60_000
      watch.lease.renewNow()
      await eventually(() => {
        watch.look()
        assert.equal(cluster.stateOf(kind, 'app')?.phase, 'undone')
      })
    }
    await phase(kind, 'app', 'undone')
    assert.equal(cluster.imageOf(kind, 'app'), `${image()}@${one}`)
    assert.deepEqual(cluster.stateOf(kind, 'app')?.bad, { latest: broken })
    const patches = cluster.patches('app')
    await looked()
    await looked()
    assert.equal(cluster.patches('app'), patches)
    await says('app', /It failed before/)

    const third = push('three')
    watch.look()
    await phase(kind, 'app', 'done')
    assert.equal(cluster.imageOf(kind, 'app'), `${image()}@${third}`)
    assert.equal(cluster.stateOf(kind, 'app')?.bad, undefined)
    const expected = ['Rolled', 'Up', 'Rolled', 'Undone', 'Rolled', 'Up'].map((word) => `Image${word}`)
    const noted = () => cluster.events.map(({ reason }) => reason).filter((reason) => reason !== 'StuckPodDeleted')
    await eventually(() => assert.deepEqual(noted(), expected))
    const whats = watch.history.changes.map(({ what }) => what).reverse()
    assert.deepEqual(whats, ['rolled', 'done', 'rolled', 'undone', 'rolled', 'done'])
  })

test('the stuck pod of a StatefulSet is deleted after the undo; without the Role for it that is told once', async () => {
  const broken = push('broken')
  push('one')
  cluster.isGood = (name) => !name.includes(broken)
  cluster.allows = (verb, resource) => verb !== 'delete' || resource !== 'pods'
  cluster.add('app', { kind: 'StatefulSet', image: image() })
  watch = await startWatch(cluster, registry, { deadlineMs: 1000 })
  await phase('StatefulSet', 'app', 'done')
  push('broken')
  watch.look()
  await phase('StatefulSet', 'app', 'rolling')
  cluster.clockOffsetMs = 60_000
  await eventually(() => {
    watch.look()
    assert.ok(cluster.events.some(({ reason }) => reason === 'StuckPod'))
  })
  await looked()
  assert.equal(cluster.events.filter(({ reason }) => reason === 'StuckPod').length, 1)
  assert.notEqual(cluster.get('StatefulSet', 'app').status.readyReplicas, 1)
  cluster.allows = () => true
  await eventually(() => {
    watch.look()
    assert.equal(cluster.get('StatefulSet', 'app').status.readyReplicas, 1)
  })
})

test('a pod that is not its own is left alone, whatever its labels say', async () => {
  push('one')
  cluster.isGood = (name) => !name.includes(registry.push('team/app', 'other', 'broken'))
  cluster.add('app', { kind: 'StatefulSet', image: image() })
  watch = await startWatch(cluster, registry, { deadlineMs: 1000 })
  await phase('StatefulSet', 'app', 'done')
  cluster.restart('StatefulSet', 'app', 0)
  cluster.get('Pod', 'app-new').metadata.ownerReferences = [{ uid: 'of somebody else' }]
  push('broken')
  watch.look()
  await phase('StatefulSet', 'app', 'rolling')
  cluster.clockOffsetMs = 60_000
  await eventually(() => {
    watch.look()
    assert.ok(cluster.events.some(({ reason }) => reason === 'StuckPodDeleted'))
  })
  assert.equal(cluster.get('Pod', 'app-new').metadata.name, 'app-new')
})

describe('soaking:', () => {
  const MINUTES = 60_000
  let one: string
  let two: string
  const reported = () => watch.history.changes.map(({ what }) => what)
  beforeEach(async () => {
    one = push('one')
    cluster.add('app', { image: image(), annotations: { 'livepods.dev/watch': 'true' } })
    watch = await startWatch(cluster, registry, { soakMs: 10 * MINUTES })
    await phase('Deployment', 'app', 'soaking')
    cluster.clockOffsetMs = 11 * MINUTES
    watch.lease.renewNow()
    await eventually(() => {
      watch.look()
      assert.equal(cluster.stateOf('Deployment', 'app')?.phase, 'done')
    })
    two = push('two')
    watch.look()
    await eventually(() => assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${two}`))
    await phase('Deployment', 'app', 'soaking')
  })

  test('what restarts after it was up is undone and remembered', async () => {
    cluster.restart('Deployment', 'app', 1)
    await looked()
    await phase('Deployment', 'app', 'soaking')
    cluster.restart('Deployment', 'app', 2)
    watch.look()
    await phase('Deployment', 'app', 'undone')
    assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${one}`)
    assert.deepEqual(cluster.stateOf('Deployment', 'app')?.bad, { latest: two })
    await eventually(() => assert.match(watch.history.changes[0]?.why ?? '', /came up, and then restarted 2 times/))
  })

  test('what does not restart is done when its time is over, and no newer digest is rolled out before', async () => {
    const three = push('three')
    await looked()
    assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${two}`)
    cluster.clockOffsetMs += 11 * MINUTES
    watch.lease.renewNow()
    await eventually(() => {
      watch.look()
      assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${three}`)
    })
    assert.deepEqual(reported().reverse().slice(0, 6), ['rolled', 'done', 'soaked', 'rolled', 'done', 'soaked'])
  })

  test('restarts of pods that were there before are none of it', async () => {
    cluster.restart('Deployment', 'app', 7)
    cluster.get('Pod', 'app-new').metadata.creationTimestamp = '2026-01-01T00:00:00Z'
    await looked()
    await phase('Deployment', 'app', 'soaking')
  })

  test('where pods may not be read, that is told once', async () => {
    cluster.allows = (_, resource) => resource !== 'pods'
    await looked()
    await looked()
    await eventually(() => assert.equal(cluster.events.filter(({ reason }) => reason === 'RestartsUnknown').length, 1))
    await phase('Deployment', 'app', 'soaking')
  })
})

test('a CronJob is pinned, and not waited for', async () => {
  const digest = push('one')
  cluster.add('job', { kind: 'CronJob', image: image() })
  watch = await startWatch(cluster, registry)
  await phase('CronJob', 'job', 'done')
  assert.equal(cluster.imageOf('CronJob', 'job'), `${image()}@${digest}`)
})

test('a workload that did not opt in is left alone', async () => {
  push('one')
  cluster.add('quiet', { image: image(), annotations: { 'livepods.dev/watch': 'false' } })
  cluster.add('app', { image: image() })
  watch = await startWatch(cluster, registry)
  await phase('Deployment', 'app', 'done')
  assert.equal(cluster.imageOf('Deployment', 'quiet'), image())
})

test('only image and annotations of ours are sent, under our name', async () => {
  const digest = push('one')
  cluster.add('app', { image: image(), sidecars: { proxy: 'proxy:1' } })
  watch = await startWatch(cluster, registry)
  await phase('Deployment', 'app', 'done')
  const { url, body } = cluster.requests.find(({ method }) => method === 'PATCH') ?? {}
  assert.match(url ?? '', /fieldManager=livepods-image-watcher/)
  assert.deepEqual(Object.keys(body?.metadata).sort(), ['annotations', 'resourceVersion'])
  assert.deepEqual(Object.keys(body?.metadata.annotations), ['livepods.dev/state'])
  assert.deepEqual(body?.spec, {
    template: { spec: { containers: [{ name: 'main', image: `${image()}@${digest}` }] } },
  })
})

test('a step that the API server fails is tried again, and the registry not asked for it', async () => {
  push('one')
  cluster.add('app', { image: image() })
  let failures = 3
  cluster.fault = ({ method }, response) => {
    if (method !== 'PATCH' || failures === 0) return false
    failures--
    response.writeHead(503).end('{}')
    return true
  }
  watch = await startWatch(cluster, registry)
  await phase('Deployment', 'app', 'done')
  assert.deepEqual([failures, registry.asked(/manifests/, 'HEAD')], [0, 1])
})

describe('nothing rolls', () => {
  const ANSWERS: [what: string, status: number, headers?: Record<string, string>, body?: string][] = [
    ['when the registry has a fault', 500],
    ['when the registry wants fewer requests', 429, { 'retry-after': '1' }],
    ['when the tag is gone', 404],
    ['when a proxy answers with a page', 200, { 'content-type': 'text/html' }, '<html>'],
    ['when the digest has another length', 200, { 'docker-content-digest': 'sha256:1234' }],
  ]
  for (const [what, status, headers = {}, body = ''] of ANSWERS)
    test(what, async () => {
      const one = push('one')
      cluster.add('app', { image: image() })
      watch = await startWatch(cluster, registry)
      await phase('Deployment', 'app', 'done')
      push('two')
      registry.fault = (_, response) => {
        response.writeHead(status, headers).end(body)
        return true
      }
      await looked()
      assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${one}`)
      assert.equal(cluster.patches('app'), 1)
    })

  test('when the digest that is told is not that of the manifest', async () => {
    const one = push('one')
    cluster.add('app', { image: image() })
    watch = await startWatch(cluster, registry)
    await phase('Deployment', 'app', 'done')
    const wrong = `sha256:${'0'.repeat(64)}`
    registry.fault = ({ method, url }, response) => {
      if (!url?.includes('/manifests/')) return false
      const type = 'application/vnd.oci.image.index.v1+json'
      response
        .writeHead(200, { 'content-type': type, 'docker-content-digest': wrong })
        .end(method === 'GET' ? '{}' : undefined)
      return true
    }
    await looked()
    await says('app', /where it should have/)
    assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${one}`)
  })
})

describe('people win:', () => {
  let one: string
  let two: string
  beforeEach(async () => {
    one = push('one')
    cluster.add('app', { image: image() })
    watch = await startWatch(cluster, registry)
    await phase('Deployment', 'app', 'done')
    two = ''
  })

  /** After a second digest was rolled out. */
  async function rollSecond(): Promise<void> {
    two = push('two')
    watch.look()
    await eventually(() => assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${two}`))
    await phase('Deployment', 'app', 'done')
  }

  test('`kubectl rollout undo` stays, although it restores our annotations, until the tag moves again', async () => {
    const former = structuredClone(cluster.get('Deployment', 'app'))
    await rollSecond()
    cluster.rolloutUndo('Deployment', 'app', former)
    await phase('Deployment', 'app', 'held')
    await looked()
    assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${one}`)
    const three = push('three')
    watch.look()
    await eventually(() => assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${three}`))
  })

  test('`kubectl rollout undo` of the first rollout stays, too', async () => {
    const former = structuredClone(cluster.get('Deployment', 'app'))
    former.spec.template.spec.containers[0].image = image()
    delete former.metadata.annotations['livepods.dev/state']
    cluster.rolloutUndo('Deployment', 'app', former)
    await phase('Deployment', 'app', 'held')
    await looked()
    assert.equal(cluster.imageOf('Deployment', 'app'), image())
  })

  test('an older digest that a person set is held until the tag moves again', async () => {
    await rollSecond()
    cluster.set('Deployment', 'app', `${image()}@${one}`, 'kubectl-edit')
    await phase('Deployment', 'app', 'held')
    await looked()
    assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${one}`)
    const three = push('three')
    watch.look()
    await eventually(() => assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${three}`))
  })

  test('another tag is a wish, and is followed', async () => {
    const next = push('next', 'v2')
    cluster.set('Deployment', 'app', image('v2'), 'kubectl-set')
    await eventually(() => assert.equal(cluster.imageOf('Deployment', 'app'), `${image('v2')}@${next}`))
  })

  for (const [manager, operation] of [
    ['kubectl-client-side-apply', 'Update'],
    ['argocd-controller', 'Apply'],
    ['kustomize-controller', 'Apply'],
  ] as const)
    test(`${manager} puts its image back: pinned once more, then contested, and never a loop`, async () => {
      assert.equal(cluster.patches('app'), 1)
      cluster.set('Deployment', 'app', image(), manager, operation)
      await eventually(() => assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${one}`))
      await phase('Deployment', 'app', 'done')
      assert.equal(cluster.patches('app'), 2)
      cluster.set('Deployment', 'app', image(), manager, operation)
      await phase('Deployment', 'app', 'contested')
      assert.equal(cluster.stateOf('Deployment', 'app')?.manager, manager)
      push('two')
      await looked()
      cluster.set('Deployment', 'app', image(), manager, operation)
      await looked()
      assert.equal(cluster.imageOf('Deployment', 'app'), image())
      assert.equal(cluster.patches('app'), 2)
      await says('app', new RegExp(manager))
    })
})

describe('gates:', () => {
  const add = (annotations: Record<string, string>) => cluster.add('app', { image: image(), annotations })

  test('the cool-down counts from the first sight here, in the cluster’s time, and survives a restart', async () => {
    const one = push('one')
    add({ 'livepods.dev/cool-down': '24h' })
    watch = await startWatch(cluster, registry)
    await says('app', /it waits until/)
    await eventually(() => assert.equal(cluster.stateOf('Deployment', 'app')?.seen.digest, one))
    await watch[Symbol.asyncDispose]()
    cluster.clockOffsetMs = 23 * 3_600_000
    watch = await startWatch(cluster, registry)
    await says('app', /it waits until/)
    assert.equal(cluster.imageOf('Deployment', 'app'), image())
    await watch[Symbol.asyncDispose]()
    cluster.clockOffsetMs = 25 * 3_600_000
    watch = await startWatch(cluster, registry)
    await eventually(() => assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${one}`))
  })

  test('a digest that moves while it cools down begins anew', async () => {
    push('one')
    add({ 'livepods.dev/cool-down': '24h' })
    watch = await startWatch(cluster, registry)
    await eventually(() => assert.ok(cluster.stateOf('Deployment', 'app')?.seen))
    const two = push('two')
    cluster.clockOffsetMs = 23 * 3_600_000
    watch.look()
    await eventually(() => assert.equal(cluster.stateOf('Deployment', 'app')?.seen.digest, two))
  })

  test('a digest waits for its approval', async () => {
    const one = push('one')
    add({ 'livepods.dev/approval': 'required', 'livepods.dev/approved': `sha256:${'1'.repeat(64)}` })
    watch = await startWatch(cluster, registry)
    await says('app', /waits for the annotation livepods.dev\/approved/)
    cluster.annotate('Deployment', 'app', { 'livepods.dev/approved': one })
    await phase('Deployment', 'app', 'done')
  })

  test('what is skipped, or outside of its window, or of another registry, or unreadable, waits', async () => {
    push('one')
    add({ 'livepods.dev/skip': 'true' })
    watch = await startWatch(cluster, registry, { registries: [registry.host] })
    await says('app', /livepods.dev\/skip says so/)
    const notNow = new Date(Date.now() + 12 * 3_600_000).getUTCHours()
    const hour = (hours: number) => `${hours % 24}`.padStart(2, '0')
    cluster.annotate('Deployment', 'app', {
      'livepods.dev/skip': null,
      'livepods.dev/window': `Mon-Sun ${hour(notNow)}:00-${hour(notNow)}:59`,
    })
    await says('app', /It is not Mon-Sun/)
    cluster.annotate('Deployment', 'app', { 'livepods.dev/window': 'sometimes' })
    await says('app', /is not like Mon-Fri/)
    cluster.annotate('Deployment', 'app', { 'livepods.dev/window': null, 'livepods.dev/cool-down': 'a while' })
    await says('app', /is no time like/)
    await watch[Symbol.asyncDispose]()
    cluster.annotate('Deployment', 'app', { 'livepods.dev/cool-down': null })
    watch = await startWatch(cluster, registry, { registries: ['ghcr.io'] })
    await says('app', /none of the registries/)
    assert.equal(cluster.patches('app'), 0)
  })

  test('nothing rolls while everything is frozen', async () => {
    push('one')
    add({})
    watch = await startWatch(cluster, registry)
    await phase('Deployment', 'app', 'done')
    const before = cluster.patches('app')
    const lease = () => cluster.get('Lease', 'image-watcher')
    lease().metadata.annotations = { ...lease().metadata.annotations, 'livepods.dev/freeze': 'the fair' }
    watch.lease.renewNow()
    await eventually(() => assert.equal(watch.lease.freeze, 'the fair'))
    const two = push('two')
    await looked()
    await says('app', /Everything is frozen: the fair/)
    assert.equal(cluster.patches('app'), before)
    lease().metadata.annotations = {}
    watch.lease.renewNow()
    await eventually(() => {
      watch.look()
      assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${two}`)
    })
  })

  test('no more rollouts are under way than may be', async () => {
    push('one')
    cluster.isGood = () => undefined
    for (const name of ['a', 'b', 'c', 'd', 'e']) cluster.add(name, { image: image() })
    watch = await startWatch(cluster, registry, { rolloutsAtOnce: 2 })
    const rolling = () =>
      ['a', 'b', 'c', 'd', 'e'].filter((name) => cluster.stateOf('Deployment', name)?.phase === 'rolling')
    await eventually(() => assert.equal(rolling().length, 2))
    await looked()
    assert.equal(rolling().length, 2)
    cluster.isGood = () => true
    cluster.settle()
    await eventually(() => {
      watch.look()
      for (const name of ['a', 'b', 'c', 'd', 'e']) assert.equal(cluster.stateOf('Deployment', name)?.phase, 'done')
    })
  })
})

test('what waits for a person keeps nobody else from rolling, and goes on when it may', async () => {
  const one = push('one')
  const off = ['off-1', 'off-2', 'off-3']
  for (const name of off) cluster.add(name, { image: image(), replicas: 0 })
  watch = await startWatch(cluster, registry, { rolloutsAtOnce: 1 })
  const waiting = (names: readonly string[]) =>
    eventually(() => {
      watch.look()
      for (const name of names) {
        const report = watch.reconciler.reports.find(({ workload }) => workload.endsWith(`/${name}`))
        assert.deepEqual(
          report?.containers.map(({ image, phase, why, waitsForYou }) => [image, phase, why, waitsForYou]),
          [[`${image()}@${one}`, 'rolling', 'It has 0 replicas.', true]],
        )
      }
    })
  await waiting(off)
  cluster.add('on', { image: image() })
  await phase('Deployment', 'on', 'done')
  cluster.get('Deployment', 'off-1').spec.replicas = 1
  cluster.settle()
  await phase('Deployment', 'off-1', 'done')
  await waiting(off.slice(1))
})

test('containers with different tags of one repository keep their own, also when both have the same digest', async () => {
  const sameDigest = push('same', 'develop')
  assert.equal(push('same', 'develop-chromium'), sameDigest)
  cluster.add('app', { image: image('develop'), sidecars: { browser: image('develop-chromium') } })
  watch = await startWatch(cluster, registry)
  const images = () =>
    cluster.get('Deployment', 'app').spec.template.spec.containers.map(({ image }: { image: string }) => image)
  const settled = (...wanted: string[]) =>
    eventually(async () => {
      await looked()
      assert.deepEqual(images(), wanted)
      for (const { containers } of watch.reconciler.reports)
        assert.deepEqual(
          containers.map(({ phase }) => phase),
          ['done', 'done'],
        )
    })
  await settled(`${image('develop')}@${sameDigest}`, `${image('develop-chromium')}@${sameDigest}`)
  const next = push('next', 'develop-chromium')
  await settled(`${image('develop')}@${sameDigest}`, `${image('develop-chromium')}@${next}`)
  await looked()
  // An image each, and that it came up.
  const rolled = watch.history.changes.filter(({ what }) => what === 'rolled')
  assert.equal(rolled.length, 3)
})

test('an init container follows its tag, too', async () => {
  push('one')
  const migrations = push('migrations', 'migrations')
  const labels = { app: 'app' }
  const containers = [{ name: 'main', image: image() }]
  const initContainers = [{ name: 'migrate', image: image('migrations') }]
  const template = { metadata: { labels }, spec: { containers, initContainers } }
  cluster.add('app', { image: image(), spec: { template } })
  watch = await startWatch(cluster, registry)
  const migrate = () => cluster.get('Deployment', 'app').spec.template.spec.initContainers[0].image
  await eventually(() => assert.equal(migrate(), `${image('migrations')}@${migrations}`))
  const broken = push('broken', 'migrations')
  cluster.isGood = () => !migrate().includes(broken)
  watch.look()
  await eventually(() => assert.equal(cluster.stateOf('Deployment', 'app', 'migrate')?.phase, 'undone'))
  assert.equal(migrate(), `${image('migrations')}@${migrations}`)
})

test('semver follows the highest version of its range, and never goes back', async () => {
  for (const tag of ['1.0.0', '1.2.0', '2.0.0', 'latest', '1.3.0-rc.1']) push(tag, tag)
  cluster.add('app', { image: image('1.0.0'), annotations: { 'livepods.dev/policy.main': 'semver:^1' } })
  watch = await startWatch(cluster, registry)
  await eventually(() => assert.match(cluster.imageOf('Deployment', 'app'), /:1\.2\.0@/))
  await phase('Deployment', 'app', 'done')
  registry.remove('team/app', '1.2.0')
  await looked()
  assert.match(cluster.imageOf('Deployment', 'app'), /:1\.2\.0@/)
})

test('private images are asked for with the pull secrets of their workload', async () => {
  await registry[Symbol.asyncDispose]()
  registry = await FakeRegistry.start({ user: { username: 'me', password: 'secret' } })
  push('one')
  const auths = { [registry.host]: { username: 'me', password: 'secret' } }
  cluster.addSecret('pull', { '.dockerconfigjson': JSON.stringify({ auths }) })
  cluster.add('app', { image: image(), pullSecret: 'pull' })
  cluster.add('other', { image: image() })
  watch = await startWatch(cluster, registry)
  await phase('Deployment', 'app', 'done')
  await says('other', /wants credentials/)
})

test('and with those of its service account', async () => {
  await registry[Symbol.asyncDispose]()
  registry = await FakeRegistry.start({ user: { username: 'me', password: 'secret' } })
  push('one')
  const auths = { [registry.host]: { username: 'me', password: 'secret' } }
  cluster.addSecret('pull', { '.dockerconfigjson': JSON.stringify({ auths }) })
  cluster.addServiceAccount('puller', ['pull'])
  cluster.add('app', { image: image(), serviceAccount: 'puller' })
  watch = await startWatch(cluster, registry)
  await phase('Deployment', 'app', 'done')
})

test('annotations that others wrote are no state, and a broken one stops nothing', async () => {
  const one = push('one')
  for (const [name, state] of Object.entries({
    text: 'hello',
    list: '[]',
    foreign: '{"main":{"phase":"rolling","image":"x","at":"now","why":""}}',
    digest: '{"main":{"phase":"done","image":"x","at":"2026-01-01T00:00:00Z","why":"","bad":{"latest":"sha256:1"}}}',
    large: JSON.stringify({ main: 'x'.repeat(100_000) }),
  }))
    cluster.add(name, { image: image(), annotations: { 'livepods.dev/state': state } })
  watch = await startWatch(cluster, registry)
  for (const name of ['text', 'list', 'foreign', 'digest', 'large'])
    await eventually(() => assert.equal(cluster.imageOf('Deployment', name), `${image()}@${one}`))
})

test('one HEAD a tag and interval, and one for all who have it; a hint asks at once', async () => {
  push('one')
  registry.push('other/app', 'latest', 'x')
  for (const name of ['a', 'b', 'c']) cluster.add(name, { image: image() })
  cluster.add('d', { image: `${registry.host}/other/app` })
  watch = await startWatch(cluster, registry)
  for (const name of ['a', 'b', 'c', 'd']) await phase('Deployment', name, 'done')
  const heads = () => registry.asked(/manifests\/latest/, 'HEAD')
  assert.equal(heads(), 2)
  push('two')
  watch.reconciler.lookNow({ host: registry.host, repository: 'team/app' })
  await eventually(() => assert.equal(heads(), 3))
  await eventually(() => assert.equal(watch.reconciler.isIdle, true))
  assert.equal(heads(), 3)
})

test('where nobody asked for it, no registry is asked, and nothing is written but the Lease', async () => {
  push('one')
  for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'] as const)
    cluster.add(kind.toLowerCase(), { kind, image: image(), annotations: { 'livepods.dev/watch': 'false' } })
  watch = await startWatch(cluster, registry, { deadlinesMs: 20 })
  await eventually(() => assert.ok(watch.lease.isHeld && cluster.watches === 4))
  const asked = cluster.requests.length
  watch.look()
  watch.lease.renewNow()
  await eventually(() => assert.ok(cluster.requests.length > asked + 1))
  assert.deepEqual([registry.requests.length, watch.reconciler.reports.length, cluster.events.length], [0, 0, 0])
  const written = cluster.requests.filter(({ method }) => method !== 'GET')
  assert.ok(written.every(({ url }) => /\/leases(\/image-watcher)?$/.test(url)))
})

test('in report mode nothing is changed', async () => {
  const one = push('one')
  cluster.add('app', { image: image() })
  watch = await startWatch(cluster, registry, { mode: 'report' })
  await says('app', new RegExp(one))
  assert.equal(cluster.requests.filter(({ method }) => method === 'PATCH').length, 0)
})

describe('two replicas:', () => {
  test('one acts; when it stops the other goes on with what it began', async () => {
    push('one')
    cluster.isGood = () => undefined
    cluster.add('app', { image: image() })
    watch = await startWatch(cluster, registry)
    await phase('Deployment', 'app', 'rolling')
    const second = await startWatch(cluster, registry, { holder: 'two' })
    try {
      await eventually(() => assert.equal(second.reconciler.reports.length, 1))
      assert.equal(second.lease.isHeld, false)
      await watch[Symbol.asyncDispose]()
      second.lease.renewNow()
      await eventually(() => assert.equal(second.lease.isHeld, true))
      cluster.isGood = () => true
      cluster.settle()
      await phase('Deployment', 'app', 'done')
      assert.equal(cluster.patches('app'), 1)
    } finally {
      await second[Symbol.asyncDispose]()
    }
  })

  test('what a replica saw before it had the lease rolls nothing out', async () => {
    const one = push('one')
    cluster.add('app', { image: image() })
    watch = await startWatch(cluster, registry)
    await phase('Deployment', 'app', 'done')
    const two = push('two')
    watch.look()
    await eventually(() => assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${two}`))
    await phase('Deployment', 'app', 'done')
    const lease = { isHeld: false, freeze: undefined, tenure: 0 }
    let answerLate: (() => void) | undefined
    registry.fault = ({ method }, response) => {
      if (method !== 'HEAD') return false
      const headers = { 'content-type': 'application/vnd.oci.image.index.v1+json', 'docker-content-digest': one }
      answerLate = () => response.writeHead(200, headers).end()
      return true
    }
    const second = await startWatch(cluster, registry, { holder: 'two', lease })
    try {
      await eventually(() => assert.ok(answerLate))
      Object.assign(lease, { isHeld: true, tenure: 1 })
      answerLate?.()
      await eventually(() => assert.equal(second.reconciler.isIdle, true))
      assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${two}`)
      assert.equal(cluster.patches('app'), 2)
    } finally {
      await second[Symbol.asyncDispose]()
    }
  })

  test('a leader that cannot renew its lease sends no patch after its term', async () => {
    push('one')
    cluster.add('app', { image: image() })
    watch = await startWatch(cluster, registry, { term: { termSeconds: 1, renewMs: 20 } })
    await phase('Deployment', 'app', 'done')
    cluster.allows = (_, resource) => resource !== 'leases'
    await eventually(() => assert.equal(watch.lease.isHeld, false))
    push('two')
    await looked()
    assert.equal(cluster.patches('app'), 1)
  })
})
