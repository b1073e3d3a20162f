import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, testTokens } from '@livepods/testing'
import { TestCluster } from '../support/cluster.ts'
import { avcConfig, avcFrame, avcKey } from '../support/frames.ts'
import { message, RtmpPeer } from '../support/rtmp-peer.ts'
import { watchFlv } from '../support/watch.ts'

const ROUNDS = 20

const picture = (payload: Buffer, timestamp = 0) => message(9, payload, { streamId: 1, timestamp })
const begin = () => [picture(avcConfig()), picture(avcKey())]

/** Where a stream is published, as each replica says it. */
async function owners(cluster: TestCluster): Promise<string[]> {
  return await Promise.all(
    cluster.replicas.map(async ({ http }) => JSON.stringify(await (await fetch(`${http}/v1/streams`)).json())),
  )
}

test('of two who claim a name at once at two replicas one gets it, and the other one is told BadName', async () => {
  await using cluster = await TestCluster.start(3)
  await cluster.together()
  for (let round = 0; round < ROUNDS; round++) {
    using one = await RtmpPeer.open(cluster.at(round % 3).rtmpPort)
    using other = await RtmpPeer.open(cluster.at((round + 1) % 3).rtmpPort)
    const answers = await Promise.all([one.publish(`key${round}`), other.publish(`key${round}`)])
    assert.deepEqual(answers.map(({ code }) => code).sort(), ['NetStream.Publish.BadName', 'NetStream.Publish.Start'])
  }
})

test('a name is its token’s at every replica: who brings it takes over, viewers stay, and others are refused', async () => {
  await using tokens = await testTokens()
  await using cluster = await TestCluster.start(3, { ACCESS_TOKENS_FILE: tokens.file })
  await cluster.together()
  const [, token] = tokens.headers.submit.authorization.split(' ')
  const [, stranger] = tokens.headers.manage.authorization.split(' ')
  using first = await RtmpPeer.open(cluster.at(0).rtmpPort)
  assert.equal((await first.publish(`key?token=${token}`)).code, 'NetStream.Publish.Start')
  first.send(...begin())
  await using viewer = await watchFlv(`${cluster.at(0).http}/live/key`, `?token=${token}`)
  await eventually(() => assert.ok(viewer.messages >= 2))
  using refused = await RtmpPeer.open(cluster.at(2).rtmpPort)
  const refusal = await refused.publish(`key?token=${stranger}`)
  assert.deepEqual(
    [refusal.code, refusal.description],
    ['NetStream.Publish.BadName', 'This stream belongs to another publisher.'],
  )
  using again = await RtmpPeer.open(cluster.at(1).rtmpPort)
  assert.equal((await again.publish(`key?token=${token}`)).code, 'NetStream.Publish.Start')
  assert.equal((await first.status(/Failed/)).level, 'error')
  await first.closed()
  const { messages } = viewer
  again.send(...begin(), picture(avcFrame(), 40))
  await eventually(() => assert.ok(viewer.messages >= messages + 3))
  using later = await RtmpPeer.open(cluster.at(0).rtmpPort)
  assert.match((await later.publish(`key?token=${token}`)).description, /ten seconds/)
})

test('a stream that two replicas published while they did not hear each other stays with the older claim', async () => {
  await using cluster = await TestCluster.startWithProxies(2)
  await cluster.together()
  await Promise.all(cluster.proxies.map(async (proxy) => await proxy.close()))
  await cluster.together(0)
  using before = await RtmpPeer.open(cluster.at(1).rtmpPort)
  await before.publish('other')
  using older = await RtmpPeer.open(cluster.at(0).rtmpPort)
  using younger = await RtmpPeer.open(cluster.at(1).rtmpPort)
  for (const peer of [older, younger]) {
    assert.equal((await peer.publish('key')).code, 'NetStream.Publish.Start')
    peer.send(...begin())
  }
  await Promise.all(cluster.proxies.map(async (proxy) => await proxy.reopen()))
  assert.match((await younger.status(/Failed/)).description, /Another publisher/)
  await younger.closed()
  assert.equal(older.socket.destroyed, false)
  await using viewer = await watchFlv(`${cluster.at(1).http}/live/key`)
  older.send(picture(avcKey(), 1000))
  await eventually(() => assert.ok(viewer.messages >= 2))
  await eventually(async () => {
    const [one, other] = await owners(cluster)
    assert.equal(one?.replace(/"viewers":\d/g, ''), other?.replace(/"viewers":\d/g, ''))
  })
})
