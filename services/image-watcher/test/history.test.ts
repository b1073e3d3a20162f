import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { FakeCluster, FakeRegistry } from '@livepods/fakes'
import { Assets } from '@livepods/page'
import { eventually } from '@livepods/testing'
import { buildApp } from '../src/app.ts'
import { readWorkload, type WorkloadObject } from '../src/cluster/workload.ts'
import { type Change, History } from '../src/history.ts'
import { log, startWatch, type Watch } from './support/watch.ts'

const AT = '2026-03-01T10:00:00.000Z'
const NOW = new Date('2026-03-01T12:00:00Z')
const DIGEST = `sha256:${'a'.repeat(64)}`
const OLD = 'r.example/app:1'
const NEW = `${OLD}@${DIGEST}`

describe('of what the annotations say:', () => {
  const ROLLING = { phase: 'rolling', image: NEW, from: OLD, at: AT, why: 'It moved.' }
  const workload = (state: object | string | undefined, name = 'app') =>
    readWorkload('Deployment', {
      metadata: {
        name,
        namespace: 'default',
        uid: name,
        resourceVersion: '1',
        ...(state && {
          annotations: { 'livepods.dev/state': typeof state === 'string' ? state : JSON.stringify({ main: state }) },
        }),
      },
      spec: { template: { spec: { containers: [{ name: 'main', image: NEW }] } } },
    } as WorkloadObject)
  const read = (...states: (object | string | undefined)[]) => {
    const history = new History()
    for (const state of states) history.read(workload(state), NOW)
    return history.changes.map(({ what, at, from, to }) => [what, at, from, to])
  }
  const LATER = NOW.toISOString()

  test('what was done last, at first sight, and each further step', () => {
    assert.deepEqual(read(ROLLING), [['rolled', AT, OLD, NEW]])
    assert.deepEqual(read(ROLLING, ROLLING).length, 1)
    assert.deepEqual(
      read(
        undefined,
        ROLLING,
        { ...ROLLING, phase: 'soaking', why: 'Up.' },
        { ...ROLLING, phase: 'done', why: 'Soaked.' },
      ),
      [
        ['soaked', LATER, NEW, NEW],
        ['done', LATER, NEW, NEW],
        ['rolled', AT, OLD, NEW],
      ],
    )
    const undone = { phase: 'undone', image: OLD, at: '2026-03-01T11:00:00Z', why: 'It did not come up.' }
    assert.deepEqual(read(ROLLING, undone)[0], ['undone', '2026-03-01T11:00:00.000Z', NEW, OLD])
  })

  test('what is seen and waits, and nothing else where it is all there is', () => {
    const sight = { phase: 'followed', image: NEW, at: AT, why: 'It is watched.', seen: { digest: DIGEST, at: AT } }
    assert.deepEqual(read(sight), [['seen', AT, NEW, NEW]])
    const announced = { ...sight, seen: { ...sight.seen, isAnnounced: true } }
    assert.deepEqual(read(sight, announced)[0], ['waiting', AT, NEW, NEW])
  })

  test('what is older has the place of its time, at first sight', () => {
    const history = new History()
    for (const [name, at] of [
      ['b', '2026-03-01T10:00:00Z'],
      ['c', '2026-03-01T11:00:00Z'],
      ['a', '2026-03-01T09:00:00Z'],
    ])
      history.read(workload({ ...ROLLING, at }, name), NOW)
    assert.deepEqual(
      history.changes.map(({ workload }) => workload.at(-1)),
      ['c', 'b', 'a'],
    )
  })

  test('an annotation that comes back, and one that is no state or has no time, tell nothing', () => {
    const done = { ...ROLLING, phase: 'done', why: 'Up.' }
    const next = { ...ROLLING, image: OLD, at: '2026-03-01T11:00:00Z' }
    assert.equal(read(ROLLING, next, ROLLING).length, 2)
    assert.equal(read(done, 'no state', '{"main":{}}').length, 1)
    assert.deepEqual(read({ ...ROLLING, at: '2026-99-99T99:99:99Z' }), [])
  })

  test('what was done here stands once, whether the watch tells of it before the answer or after', () => {
    const own: Omit<Change, 'workload'> = {
      at: LATER,
      container: 'main',
      what: 'rolled',
      from: OLD,
      to: NEW,
      why: 'own',
    }
    const told: Change[] = []
    const done = workload({ ...ROLLING, phase: 'done', why: 'Up.' })
    const after = new History()
    after.add(workload(ROLLING), own)
    after.add(done, { ...own, what: 'done' })
    // The watch is late.
    after.read(workload(ROLLING), NOW)
    after.read(done, NOW)
    assert.deepEqual(
      after.changes.map(({ what, why }) => [what, why]),
      [
        ['done', 'own'],
        ['rolled', 'own'],
      ],
    )
    const before = new History()
    before.listen((change) => told.push(change))
    before.read(workload(ROLLING), NOW)
    assert.deepEqual(told, [])
    before.add(workload(ROLLING), own)
    assert.deepEqual(
      before.changes.map(({ why }) => why),
      ['own'],
    )
    assert.equal(told.length, 1)
  })

  test('no more than 500 are kept', () => {
    const history = new History()
    for (let index = 0; index < 600; index++)
      history.read(workload({ ...ROLLING, at: new Date(NOW.getTime() + index * 1000).toISOString() }, `w${index}`), NOW)
    assert.equal(history.changes.length, 500)
    assert.equal(history.changes[0]?.workload, 'default/deployment/w599')
  })
})

describe('two replicas:', () => {
  const assets = Assets.read({ 'image-watcher': new URL('../assets/', import.meta.url) })
  let stack: AsyncDisposableStack
  let cluster: FakeCluster
  let registry: FakeRegistry
  beforeEach(async () => {
    stack = new AsyncDisposableStack()
    cluster = stack.use(await FakeCluster.start())
    registry = stack.use(await FakeRegistry.start())
  })
  afterEach(async () => await stack.disposeAsync())

  const whats = ({ history }: Watch) => history.changes.map(({ what }) => what)

  test('the one that does not act shows what the other did, before it was started and since, and tells nobody', async () => {
    registry.push('team/app', 'latest', 'one')
    cluster.add('app', { image: `${registry.host}/team/app:latest` })
    const acting = stack.use(await startWatch(cluster, registry))
    await eventually(() => assert.deepEqual(whats(acting), ['done', 'rolled']))
    const other = stack.use(await startWatch(cluster, registry, { holder: 'two' }))
    const told: Change[] = []
    other.history.listen((change) => told.push(change))
    await eventually(() => assert.deepEqual(whats(other), ['done']))
    const broken = registry.push('team/app', 'latest', 'broken')
    cluster.isGood = (image) => !image.includes(broken)
    acting.look()
    await eventually(() => assert.deepEqual(whats(acting), ['undone', 'rolled', 'done', 'rolled']))
    await eventually(() => assert.deepEqual(whats(other), ['undone', 'rolled', 'done']))
    const [undone, rolled] = acting.history.changes
    const shown = other.history.changes.map(({ workload, container, from, to, why }) => [
      workload,
      container,
      from,
      to,
      why,
    ])
    assert.deepEqual(
      shown.slice(0, 2),
      [undone, rolled].map((one) => [one?.workload, one?.container, one?.from, one?.to, one?.why]),
    )
    assert.deepEqual(told, [])
    assert.equal(other.lease.isHeld, false)
    const app = stack.use(buildApp({ log, assets: await assets, ...other, hints: { add: () => 0 }, mode: 'roll' }))
    const page = (await app.inject('/')).body
    assert.match(page, /Another replica acts/)
    assert.match(page, new RegExp(`<strong>undone</strong> <bdi>default/deployment/app</bdi>[^]*${broken}`))
    const { changes } = (await app.inject('/v1/history')).json() as { changes: Change[] }
    assert.equal(changes.length, 3)
  })

  test('after a restart the last change is shown', async () => {
    registry.push('team/app', 'latest', 'one')
    cluster.add('app', { image: `${registry.host}/team/app:latest` })
    const first = await startWatch(cluster, registry)
    await eventually(() => assert.deepEqual(whats(first), ['done', 'rolled']))
    await first[Symbol.asyncDispose]()
    const second = stack.use(await startWatch(cluster, registry))
    await eventually(() => assert.deepEqual(whats(second), ['done']))
  })
})
