import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { TestCluster } from '../support/cluster.ts'
import { publishForever, segmented } from '../support/ffmpeg.ts'
import { WATCH } from '../support/watch.ts'

const file = await segmented()
const REPLICAS = [0, 1, 2]
const JOINS = 200

test('every replica takes streams, and sends each of them in every format; each is followed once', async (t) => {
  await using cluster = await TestCluster.start(REPLICAS.length)
  await cluster.together()
  using stack = new DisposableStack()
  for (const owner of REPLICAS) stack.use(publishForever(file, `${cluster.at(owner).rtmp}/live/${owner}`))
  await eventually(async () => {
    for (const { http } of cluster.replicas) {
      const { streams } = (await (await fetch(`${http}/v1/streams`)).json()) as { streams: { name: string }[] }
      assert.deepEqual(
        streams.map(({ name }) => name),
        ['live/0', 'live/1', 'live/2'],
      )
    }
  })
  const watched = REPLICAS.flatMap((owner) =>
    cluster.replicas.flatMap((replica) => Object.values(WATCH).map((watch) => watch(replica, `live/${owner}`))),
  )
  await Promise.all(watched)
  assert.equal(watched.length, 36)
  for (const replica of REPLICAS) {
    assert.equal(await cluster.metric(replica, 'feeds'), 2)
    assert.equal(await cluster.metric(replica, 'followers'), 2)
    const begun = cluster
      .at(replica)
      .service.output()
      .match(/"feed began"/g)
    assert.equal(begun?.length, 2)
  }
  t.diagnostic(`${watched.length} watched`)
})

test('200 viewers who come at once to a replica are one connection to the owner, which ends when they have gone', async () => {
  await using cluster = await TestCluster.start(2)
  await cluster.together()
  using _encoder = publishForever(file, `${cluster.at(0).rtmp}/live/key`)
  await eventually(async () => assert.equal((await fetch(`${cluster.at(0).http}/live/key`)).status, 200))
  await eventually(async () => assert.equal((await fetch(`${cluster.at(1).http}/v1/streams/live/key`)).status, 200))
  const kinds = Object.values(WATCH)
  await Promise.all(
    Array.from({ length: JOINS }, (_, viewer) => kinds[viewer % kinds.length]?.(cluster.at(1), 'live/key')),
  )
  assert.equal(
    cluster
      .at(1)
      .service.output()
      .match(/"feed began"/g)?.length,
    1,
  )
  assert.equal(await cluster.metric(0, 'followers'), 1)
  await eventually(async () => assert.equal(await cluster.metric(0, 'followers'), 0))
  assert.equal(await cluster.metric(1, 'feeds'), 0)
})

test('a replica that follows without viewers is asked for with STANDBY', async () => {
  await using cluster = await TestCluster.start(3, { STANDBY: '1' })
  await cluster.together()
  using _encoder = publishForever(file, `${cluster.at(0).rtmp}/live/key`)
  await eventually(async () => assert.equal(await cluster.metric(0, 'followers'), 1))
  assert.equal((await cluster.metric(1, 'feeds')) + (await cluster.metric(2, 'feeds')), 1)
})
