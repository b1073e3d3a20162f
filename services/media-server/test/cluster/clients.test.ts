import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { eventually } from '@livepods/testing'
import { SECRET, TestCluster } from '../support/cluster.ts'
import { avcConfig, avcKey } from '../support/frames.ts'
import { message, RtmpPeer } from '../support/rtmp-peer.ts'
import { idsOf, query, type XiuStream } from '../support/xiu-api.ts'

const cluster = await TestCluster.start(2)
after(() => cluster[Symbol.asyncDispose]())
await cluster.together()
const [one, two] = [cluster.at(0), cluster.at(1)]

async function watch(port: number): Promise<RtmpPeer> {
  const viewer = await RtmpPeer.open(port)
  await viewer.play('key')
  return viewer
}

test('each replica tells of the clients of both, and ends those of the other', async () => {
  using publisher = await RtmpPeer.open(one.rtmpPort)
  await publisher.publish('key')
  publisher.send(message(9, avcConfig(), { streamId: 1 }), message(9, avcKey(), { streamId: 1 }))
  using near = await watch(one.rtmpPort)
  using far = await watch(two.rtmpPort)
  const ids = await eventually(async () => {
    const [here, there] = await Promise.all([idsOf(one.http), idsOf(two.http)])
    assert.equal(here.viewers.length, 2)
    assert.deepEqual(there.viewers.toSorted(), here.viewers.toSorted())
    assert.ok(here.publisher !== '')
    assert.equal(there.publisher, here.publisher)
    return here
  })
  const { data } = await (await query(two.http, '/api/query_whole_streams')).json()
  const [{ subscriber_count, total_recv_bytes, publisher: described }] = data as [XiuStream]
  assert.equal(subscriber_count, 2)
  assert.ok(total_recv_bytes > 0)
  assert.equal(described.video.codec, 'H264')

  // Of this replica's answer the first is its own viewer.
  const [nearId = '', farId = ''] = ids.viewers
  assert.equal((await query(one.http, '/api/kick_off_client', { uuid: farId })).status, 200)
  await far.closed()
  assert.equal((await query(two.http, '/api/kick_off_client', { uuid: nearId })).status, 200)
  await near.closed()
  assert.equal((await query(two.http, '/api/kick_off_client', { uuid: ids.publisher })).status, 200)
  assert.match((await publisher.status(/Failed/)).description, /operator/)
  await publisher.closed()
  for (const { http } of [one, two])
    assert.equal((await query(http, '/api/kick_off_client', { uuid: ids.publisher })).status, 404)
})

test('only peers are told who is there, and end clients', async () => {
  for (const [path, body] of [
    ['/clients', {}],
    ['/kick-client', { id: 'x' }],
  ] as const) {
    const ask = async (secret: string) => {
      const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
      const url = `http://127.0.0.1:${one.peerPort}${path}`
      return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status
    }
    assert.equal(await ask('another secret'), 401)
    assert.equal(await ask(SECRET), 200)
  }
})
