import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { FakeCluster, FakeRegistry } from '@livepods/fakes'
import type { App } from '@livepods/http'
import { Assets } from '@livepods/page'
import { eventually, type TestTokens, testTokens } from '@livepods/testing'
import { buildApp } from '../src/app.ts'
import { log, startWatch, type Watch } from './support/watch.ts'

const assets = await Assets.read({ 'image-watcher': new URL('../assets/', import.meta.url) })
const NAME = 'default/deployment/app'
let cluster: FakeCluster
let registry: FakeRegistry
let tokens: TestTokens
let watch: Watch
let app: App
const image = () => `${registry.host}/team/app:latest`
const push = (content: string) => registry.push('team/app', 'latest', content)

beforeEach(async () => {
  cluster = await FakeCluster.start()
  registry = await FakeRegistry.start()
  tokens = await testTokens()
})
afterEach(async () => {
  await app.close()
  await watch[Symbol.asyncDispose]()
  await tokens[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

async function start(mode: 'roll' | 'report' = 'roll'): Promise<void> {
  watch = await startWatch(cluster, registry, { mode })
  app = buildApp({ log, assets, access: tokens.access, ...watch, hints: { add: () => 0 }, mode })
}

/** As a browser sends the form of the page. */
const order = async (url: string, fields: Record<string, string>, role: 'read' | 'submit' | 'manage' = 'manage') =>
  await app.inject({
    method: 'POST',
    url,
    headers: { ...tokens.headers[role], 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
    payload: `${new URLSearchParams({ workload: NAME, container: 'main', image: cluster.imageOf('Deployment', 'app'), ...fields })}`,
  })
const page = async (role: 'read' | 'manage') => (await app.inject({ url: '/', headers: tokens.headers[role] })).body
const phase = async (wanted: string) =>
  await eventually(() => assert.equal(cluster.stateOf('Deployment', 'app')?.phase, wanted))
/** The page shows what the cluster has. */
const shown = async (pattern: RegExp) => await eventually(async () => assert.match(await page('manage'), pattern))

test('a digest that waits for its approval is announced once, shown with a button to those who may, and rolls when it is pressed', async () => {
  const one = push('one')
  cluster.add('app', { image: image(), annotations: { 'livepods.dev/approval': 'required' } })
  await start()
  await shown(/action="\/approve"/)
  assert.doesNotMatch(await page('read'), /<form class="order"/)
  watch.look()
  await eventually(() => assert.equal(watch.reconciler.isIdle, true))
  assert.deepEqual(
    watch.history.changes.map(({ what }) => what),
    ['waiting'],
  )
  assert.equal((await order('/approve', { digest: one }, 'submit')).statusCode, 403)
  assert.equal((await order('/approve', { digest: 'sha256:1' })).statusCode, 400)
  const answer = await order('/approve', { digest: one })
  assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/'])
  await phase('done')
  const { why } = watch.history.changes.find(({ what }) => what === 'approved') ?? {}
  assert.match(why ?? '', new RegExp(`^\\w+ approved ${one}`))
  const two = push('two')
  watch.look()
  await shown(new RegExp(two))
  assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${one}`)
  await order('/approve', { digest: two })
  await eventually(() => assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${two}`))
  assert.equal(cluster.get('Deployment', 'app').metadata.annotations['livepods.dev/approved'], `${one},${two}`)
})

test('an undo brings the former image back, which stays until the tag moves again', async () => {
  const one = push('one')
  cluster.add('app', { image: image() })
  await start()
  await phase('done')
  push('two')
  watch.look()
  await eventually(() => assert.equal(cluster.patches('app'), 2))
  await phase('done')
  await shown(/action="\/undo"/)
  assert.equal((await order('/undo', {}, 'read')).statusCode, 403)
  assert.equal((await order('/undo', {})).statusCode, 303)
  await phase('held')
  assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${one}`)
  await eventually(async () => assert.doesNotMatch(await page('manage'), /action="\/undo"/))
  watch.look()
  await eventually(() => assert.equal(watch.reconciler.isIdle, true))
  assert.equal(cluster.patches('app'), 3)
  assert.equal((await order('/undo', {})).statusCode, 409)
  const three = push('three')
  watch.look()
  await eventually(() => assert.equal(cluster.imageOf('Deployment', 'app'), `${image()}@${three}`))
})

test('an order for what is not as it was shown, or not there, is refused with a page that says so', async () => {
  push('one')
  cluster.add('app', { image: image() })
  await start()
  await phase('done')
  await shown(/action="\/undo"/)
  const changed = await order('/undo', { image: image() })
  assert.equal(changed.statusCode, 409)
  assert.match(changed.body, /changed meanwhile/)
  assert.equal((await order('/undo', { workload: 'default/deployment/other' })).statusCode, 404)
  assert.equal((await order('/undo', { container: 'other' })).statusCode, 404)
  assert.equal((await app.inject({ method: 'POST', url: '/undo', headers: tokens.headers.manage })).statusCode, 404)
})

test('in report mode nobody is asked, and no order is taken', async () => {
  const one = push('one')
  cluster.add('app', { image: image(), annotations: { 'livepods.dev/approval': 'required' } })
  await start('report')
  await shown(new RegExp(one))
  assert.doesNotMatch(await page('manage'), /<form class="order"/)
  assert.equal((await order('/approve', { digest: one })).statusCode, 409)
  assert.equal(cluster.requests.filter(({ method, url }) => method === 'PATCH' && url.includes('/app')).length, 0)
})

test('a rollout that waits for a person says so, on the page and in the status', async () => {
  push('one')
  cluster.add('app', { image: image(), replicas: 0 })
  await start()
  await shown(/waits for you/)
  const { workloads } = (await app.inject({ url: '/v1/status', headers: tokens.headers.read })).json() as {
    workloads: { containers: { phase: string; waitsForYou?: boolean }[] }[]
  }
  assert.deepEqual(
    workloads.flatMap(({ containers }) => containers).map(({ phase, waitsForYou }) => [phase, waitsForYou]),
    [['rolling', true]],
  )
  cluster.get('Deployment', 'app').spec.replicas = 1
  cluster.settle()
  await shown(/newest/)
  assert.doesNotMatch(await page('manage'), /waits for you/)
})

test('who listens is told of what a report says, once it says so', async () => {
  await using cluster = await FakeCluster.start()
  await using registry = await FakeRegistry.start()
  registry.push('team/app', 'latest', 'one')
  cluster.add('app', {
    image: `${registry.host}/team/app:latest`,
    annotations: { 'livepods.dev/approval': 'required' },
  })
  await using watch = await startWatch(cluster, registry)
  let read = ''
  watch.reconciler.listen(() => {
    read = JSON.stringify(watch.reconciler.reports)
  })
  watch.look()
  await eventually(() => assert.equal(watch.reconciler.isIdle, true))
  await eventually(() => assert.equal(read, JSON.stringify(watch.reconciler.reports)))
  assert.match(read, /approv/)
})
