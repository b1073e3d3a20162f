import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { FakeCluster } from '@livepods/fakes'
import { eventually } from '@livepods/testing'
import { proxyAccess } from '../../src/cluster/access.ts'
import { Connection } from '../../src/cluster/connection.ts'
import { ListWatch } from '../../src/cluster/list-watch.ts'
import { listPath, type WorkloadObject } from '../../src/cluster/workload.ts'
import { log } from '../support/watch.ts'

let cluster: FakeCluster
let connection: Connection
let list: ListWatch<WorkloadObject>
/** The images that were told of last, by uid. */
let seen: Map<string, string>

function follow(silenceMs?: number): void {
  seen = new Map()
  list = new ListWatch({
    connection,
    path: listPath('Deployment', 'default'),
    onChange: ({ metadata, spec }) => seen.set(metadata.uid, `${spec.template?.spec.containers?.[0]?.image}`),
    onGone: (uid) => seen.delete(uid),
    log,
    ...(silenceMs !== undefined && { silenceMs }),
  })
  list.start()
}

beforeEach(async () => {
  cluster = await FakeCluster.start()
  connection = new Connection(proxyAccess(cluster.url))
})
afterEach(async () => {
  await list[Symbol.asyncDispose]()
  connection[Symbol.dispose]()
  await cluster[Symbol.asyncDispose]()
})

const images = () => [...seen.values()].sort()
const lists = () => cluster.requests.filter(({ url }) => url.includes('limit=')).length
const watches = () => cluster.requests.filter(({ url }) => url.includes('watch=true'))
const watching = async () => await eventually(() => assert.equal(cluster.watches, 1))

test('a list is read in pages of 50, and followed', async () => {
  for (let count = 0; count < 120; count++) cluster.add(`app-${count}`, { image: `i:${count}` })
  follow()
  await watching()
  assert.equal(seen.size, 120)
  assert.equal(lists(), 3)
  assert.ok(list.synced)
  cluster.add('new', { image: 'i:new' })
  cluster.set('Deployment', 'app-0', 'i:changed', 'kubectl-edit')
  cluster.remove('Deployment', 'app-1')
  await eventually(() => {
    assert.equal(seen.size, 120)
    assert.ok(images().includes('i:new') && images().includes('i:changed') && !images().includes('i:1'))
  })
  assert.equal(lists(), 3)
})

test('what changes while pages are read is not lost', async () => {
  for (let count = 0; count < 60; count++) cluster.add(`app-${count}`, { image: `i:${count}` })
  cluster.fault = ({ url }) => {
    if (url?.includes('continue=')) cluster.set('Deployment', 'app-0', 'i:changed', 'kubectl-edit')
    return false
  }
  follow()
  await eventually(() => assert.ok(images().includes('i:changed')))
})

for (const cut of [false, true])
  test(`after a watch that ended${cut ? ' in the middle of a line' : ''} it goes on where it was, without a list`, async () => {
    cluster.add('app', { image: 'i:1' })
    follow()
    await watching()
    cluster.set('Deployment', 'app', 'i:2', 'kubectl-edit')
    await eventually(() => assert.deepEqual(images(), ['i:2']))
    cluster.endWatches({ cut })
    cluster.set('Deployment', 'app', 'i:3', 'kubectl-edit')
    await eventually(() => assert.deepEqual(images(), ['i:3']))
    assert.equal(lists(), 1)
  })

test('a version that is forgotten makes it read the list again: what went in between is gone', async () => {
  cluster.add('stays', { image: 'i:1' })
  cluster.add('goes', { image: 'i:2' })
  follow()
  await watching()
  cluster.fault = ({ url }, response) => url?.includes('watch=true') === true && Boolean(response.destroy())
  cluster.endWatches()
  await eventually(() => assert.ok(list.fault))
  cluster.remove('Deployment', 'goes')
  cluster.compact()
  cluster.fault = () => false
  await eventually(() => assert.deepEqual(images(), ['i:1']))
  assert.equal(lists(), 2)
  await eventually(() => assert.equal(list.fault, undefined))
})

test('a server that answers every watch with 410 is asked more and more slowly', async () => {
  cluster.add('app', { image: 'i:1' })
  const times: number[] = []
  cluster.fault = ({ url }, response) => {
    if (!url?.includes('watch=true')) return false
    times.push(performance.now())
    response.writeHead(410).end('{"message":"too old"}')
    return true
  }
  follow()
  await eventually(() => assert.ok(times.length >= 6))
  // Not while the list is read anew.
  await eventually(() => assert.match(list.fault ?? '', /too old/))
  // Six tries with full jitter take at least a little; without a wait they would take none of it.
  assert.ok((times.at(-1) ?? 0) - (times[0] ?? 0) > 50)
})

test('after a bookmark it goes on from there, though all that it has seen itself is forgotten', async () => {
  cluster.add('app', { image: 'i:1' })
  follow()
  await watching()
  cluster.add('other', { kind: 'StatefulSet', image: 'i:1' })
  cluster.compact()
  cluster.bookmark()
  cluster.endWatches()
  cluster.set('Deployment', 'app', 'i:2', 'kubectl-edit')
  await eventually(() => assert.deepEqual(images(), ['i:2']))
  assert.equal(lists(), 1)
})

test('a connection that says nothing is opened anew', async () => {
  cluster.add('app', { image: 'i:1' })
  follow(100)
  await eventually(() => assert.ok(watches().length >= 3))
  cluster.set('Deployment', 'app', 'i:2', 'kubectl-edit')
  await eventually(() => assert.deepEqual(images(), ['i:2']))
  assert.equal(lists(), 1)
})

describe('an API server that', () => {
  for (const [what, status, body] of [
    ['has a fault', 500, '{}'],
    ['does not let it list', 403, '{"message":"deployments is forbidden"}'],
    ['answers no JSON', 200, '<html>'],
  ] as const)
    test(`${what} is asked again`, async () => {
      cluster.add('app', { image: 'i:1' })
      let asked = 0
      cluster.fault = (_, response) => ++asked <= 2 && Boolean(response.writeHead(status).end(body))
      follow()
      await watching()
      assert.deepEqual(images(), ['i:1'])
    })
})

test('an object of 1.5 MB is read, in a list and in a watch', async () => {
  const large = { 'example.com/large': 'x'.repeat(1_500_000) }
  cluster.add('listed', { image: 'i:1', annotations: large })
  follow()
  await watching()
  cluster.add('watched', { image: 'i:2', annotations: large })
  await eventually(() => assert.deepEqual(images(), ['i:1', 'i:2']))
})
