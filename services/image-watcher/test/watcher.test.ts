import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { FakeCluster, FakeRegistry } from '@livepods/fakes'
import { createLog, OpsServer, readEnvironment } from '@livepods/service'
import { DOCKER_REGISTRY, DockerRegistry, eventually, spawnService } from '@livepods/testing'
import { parse } from 'yaml'
import { Env } from '../src/config.ts'
import { ImageWatcher } from '../src/watcher.ts'

const SECRET = 'of-hooks'
const BEARER = { authorization: `Bearer ${SECRET}` }
let cluster: FakeCluster
let folder: string

beforeEach(async () => {
  cluster = await FakeCluster.start()
  folder = await mkdtemp(join(tmpdir(), 'watcher-'))
})
afterEach(async () => {
  await cluster[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** Of a watcher that asks this registry by plain HTTP, and looks by itself once a day. */
async function environmentOf(host: string): Promise<Record<string, string>> {
  const file = join(folder, 'hosts.json')
  await writeFile(file, JSON.stringify({ [host]: { plainHttp: true } }))
  return {
    HOST: '127.0.0.1',
    PORT: '0',
    DRAIN_SECONDS: '0',
    KUBERNETES_URL: cluster.url,
    INTERVAL_SECONDS: '86400',
    REGISTRY_HOSTS_FILE: file,
    HOOK_SECRET: SECRET,
  }
}

async function start(host: string, environment: Record<string, string> = {}) {
  const stack = new AsyncDisposableStack()
  const config = readEnvironment(Env, { ...(await environmentOf(host)), ...environment })
  const ops = stack.use(await OpsServer.listen({ service: 'image-watcher', host: '127.0.0.1', port: 0 }))
  const stopping = new AbortController()
  const watcher = stack.use(
    new ImageWatcher({ config, ops, log: createLog('test', 'silent'), signal: stopping.signal }),
  )
  await watcher.start()
  return {
    url: `http://127.0.0.1:${watcher.port}`,
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await stack.disposeAsync()
    },
  }
}

const post = (url: string, body: unknown, headers: Record<string, string> = BEARER) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

describe('with a registry that can fail', () => {
  let registry: FakeRegistry
  beforeEach(async () => {
    registry = await FakeRegistry.start()
    registry.push('team/app', 'latest', 'one')
    cluster.add('app', { image: `${registry.host}/team/app:latest` })
  })
  afterEach(async () => await registry[Symbol.asyncDispose]())
  const done = async (digest?: string) =>
    await eventually(() => {
      assert.equal(cluster.stateOf('Deployment', 'app')?.phase, 'done')
      if (digest) assert.ok(cluster.imageOf('Deployment', 'app').endsWith(digest))
    })
  const hookOf = (repository: string) => ({
    events: [{ action: 'push', target: { repository, tag: 'latest' }, request: { host: registry.host } }],
  })

  test('a hook is a hint: the registry is asked, and what it says is rolled out', async () => {
    await using watcher = await start(registry.host)
    await done()
    const two = registry.push('team/app', 'latest', 'two')
    const answer = await post(`${watcher.url}/hooks/distribution`, hookOf('team/app'))
    assert.equal(answer.status, 202)
    assert.deepEqual(await answer.json(), { repositories: 1 })
    await done(two)
    const { workloads, isLeader } = (await (await fetch(`${watcher.url}/v1/status`)).json()) as {
      workloads: { containers: { phase: string }[] }[]
      isLeader: boolean
    }
    assert.equal(isLeader, true)
    assert.equal(workloads.length, 1)
    const { changes } = (await (await fetch(`${watcher.url}/v1/history`)).json()) as { changes: { what: string }[] }
    assert.deepEqual(changes.map(({ what }) => what).reverse(), ['rolled', 'done', 'rolled', 'done'])
    const component = await (await fetch(`${watcher.url}/v1/kustomization`)).text()
    assert.match(component, new RegExp(`- name: ${registry.host}/team/app\n {4}newTag: latest\n {4}digest: ${two}`))
    const page = await (await fetch(watcher.url)).text()
    assert.match(page, /<h1>Delivery<\/h1>/)
    assert.match(page, /default\/deployment\/app/)
    assert.match(page, />newest</)
  })

  test('who does not know the secret asks for nothing', async () => {
    await using watcher = await start(registry.host)
    await done()
    const before = registry.requests.length
    const body = JSON.stringify(hookOf('team/app'))
    const mac = (secret: string, text = body) => `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`
    const url = `${watcher.url}/hooks/ghcr`
    for (const headers of [
      {},
      { authorization: 'Bearer other' },
      { authorization: SECRET },
      { 'x-hub-signature-256': mac('other') },
      { 'x-hub-signature-256': mac(SECRET, `${body} `) },
      { 'x-hub-signature-256': '' },
    ])
      assert.equal((await fetch(url, { method: 'POST', headers: headers as Record<string, string>, body })).status, 401)
    const signed = await fetch(url, { method: 'POST', headers: { 'x-hub-signature-256': mac(SECRET) }, body })
    assert.equal(signed.status, 202)
    const inUrl = async (kind: string, token: string) =>
      (await fetch(`${watcher.url}/hooks/${kind}?token=${token}`, { method: 'POST', body })).status
    assert.deepEqual(
      [await inUrl('quay', SECRET), await inUrl('docker-hub', SECRET), await inUrl('quay', 'other')],
      [202, 202, 401],
    )
    assert.equal(await inUrl('ghcr', SECRET), 401)
    assert.equal(
      (await fetch(`${watcher.url}/hooks/constructor`, { method: 'POST', headers: BEARER, body })).status,
      404,
    )
    assert.equal((await fetch(url, { method: 'POST', headers: BEARER, body: '{' })).status, 400)
    assert.equal(registry.requests.length, before)
  })

  test('5000 hooks at once are taken, and are few questions to the registry', async () => {
    await using watcher = await start(registry.host)
    await done()
    const before = registry.requests.length
    const url = `${watcher.url}/hooks/distribution`
    let left = 5000
    const lane = async () => {
      while (left-- > 0) assert.equal((await post(url, hookOf('team/app'))).status, 202)
    }
    await Promise.all(Array.from({ length: 50 }, lane))
    const two = registry.push('team/app', 'latest', 'two')
    await post(url, hookOf('team/app'))
    await done(two)
    const asked = registry.requests.length - before
    assert.ok(asked < 1000, `${asked}`)
  })

  test('without a secret there are no hooks', async () => {
    await using watcher = await start(registry.host, { HOOK_SECRET: '' })
    assert.equal((await post(`${watcher.url}/hooks/distribution`, hookOf('team/app'))).status, 404)
  })

  test('in report mode it tells git what it would set, and writes nothing but its Lease', async () => {
    const one = registry.push('team/app', 'latest', 'one')
    await using watcher = await start(registry.host, { MODE: 'report' })
    await eventually(async () => {
      const answer = await fetch(`${watcher.url}/v1/kustomization`)
      assert.equal(answer.headers.get('content-type'), 'application/yaml')
      assert.deepEqual(parse(await answer.text()).images, [
        { name: `${registry.host}/team/app`, newTag: 'latest', digest: one },
      ])
    })
    const writes = cluster.requests.filter(({ method, url }) => method !== 'GET' && !url.includes('/leases'))
    assert.deepEqual(writes, [])
    assert.equal(cluster.imageOf('Deployment', 'app'), `${registry.host}/team/app:latest`)
  })

  test('what is done is told to NOTIFY_URL', async () => {
    const { promise, resolve } = Promise.withResolvers<{ what: string; workload: string }>()
    const listener = createServer((request, response) => {
      request.setEncoding('utf8').once('data', (body: string) => resolve(JSON.parse(body)))
      response.end()
    })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    try {
      const { port } = listener.address() as AddressInfo
      await using _ = await start(registry.host, { NOTIFY_URL: `http://127.0.0.1:${port}`, NOTIFY_SECRET: 'shared' })
      const { what, workload } = await promise
      assert.deepEqual([what, workload], ['rolled', 'default/deployment/app'])
    } finally {
      listener.close()
    }
  })

  test('the process starts, rolls out and stops', async () => {
    const service = await spawnService(new URL('../src/main.ts', import.meta.url), await environmentOf(registry.host))
    try {
      await service.ready()
      await done()
    } finally {
      await service.stop()
    }
    const lease = cluster.get('Lease', 'image-watcher')
    assert.equal(lease.spec.holderIdentity, '')
  })
})

test('a hook that reaches another replica than the one that acts is followed', async () => {
  await using registry = await FakeRegistry.start()
  const one = registry.push('team/app', 'latest', 'one')
  cluster.add('app', { image: `${registry.host}/team/app:latest` })
  await using acting = await start(registry.host)
  const has = (digest: string) =>
    eventually(() => assert.ok(cluster.imageOf('Deployment', 'app').endsWith(digest)), { everyMs: 50 })
  await has(one)
  const PEERS = new URL(acting.url).host
  await using other = await start(registry.host, { MODE: 'report', PEERS })
  await eventually(async () => {
    const { workloads } = (await (await fetch(`${other.url}/v1/status`)).json()) as { workloads: unknown[] }
    assert.equal(workloads.length, 1)
  })
  const two = registry.push('team/app', 'latest', 'two')
  const event = { action: 'push', target: { repository: 'team/app', tag: 'latest' }, request: { host: registry.host } }
  assert.equal((await post(`${other.url}/hooks/distribution`, { events: [event] })).status, 202)
  await has(two)
})

describe('with Debian’s docker-registry', { skip: DOCKER_REGISTRY ? false : 'DOCKER_REGISTRY names none' }, () => {
  test('a push arrives as a notification, and is rolled out; our own HEADs come back as pulls, and are no loop', async () => {
    await using front = await start('127.0.0.1:1')
    // The registry has to know where the watcher is, and the watcher where the registry is: the first one only lends its port.
    const { port } = new URL(front.url)
    await front[Symbol.asyncDispose]()
    await using registry = await DockerRegistry.start(`${DOCKER_REGISTRY}`, {
      notify: `${front.url}/hooks/distribution`,
      headers: BEARER,
    })
    const one = await registry.push('team/app', 'latest', 'one')
    cluster.add('app', { image: `${registry.host}/team/app:latest` })
    await using _ = await start(registry.host, { PORT: port })
    const has = async (digest: string) =>
      await eventually(() => {
        assert.ok(cluster.imageOf('Deployment', 'app').endsWith(digest))
        assert.equal(cluster.stateOf('Deployment', 'app')?.phase, 'done')
      })
    await has(one)
    await has(await registry.push('team/app', 'latest', 'two'))
    await has(await registry.push('team/app', 'latest', 'three'))
    assert.equal(cluster.patches('app'), 3)
  })
})
