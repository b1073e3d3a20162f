import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, testTokens } from '@livepods/testing'
import { TestCluster } from '../support/cluster.ts'
import { avcConfig, avcFrame, avcKey } from '../support/frames.ts'
import { message, RtmpPeer } from '../support/rtmp-peer.ts'
import { watchFlv } from '../support/watch.ts'

const ROUNDS = 20
/** Replicas that soon take another one for lost. */
const LOSES = { PEER_ANSWER_MS: '250', PEER_LOST_SECONDS: '3' }

const picture = (payload: Buffer, timestamp = 0) => message(9, payload, { streamId: 1, timestamp })

/** Sends pictures until it is disposed: a publisher that is silent for ten seconds is closed. */
function send(peer: RtmpPeer): Disposable {
  let time = 0
  peer.send(picture(avcConfig()))
  const sending = setInterval(() => {
    peer.send(picture(time % 1000 === 0 ? avcKey() : avcFrame(), time))
    time += 100
  }, 100)
  return { [Symbol.dispose]: () => clearInterval(sending) }
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
  using _first = send(first)
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
  using _again = send(again)
  await eventually(() => assert.ok(viewer.messages >= messages + 20))
  using later = await RtmpPeer.open(cluster.at(0).rtmpPort)
  assert.match((await later.publish(`key?token=${token}`)).description, /ten seconds/)
})

test('a stream that two replicas published while they did not hear each other stays with the older claim', async () => {
  await using cluster = await TestCluster.startWithProxies(2, LOSES)
  await cluster.together()
  await Promise.all(cluster.proxies.map(async (proxy) => await proxy.close()))
  await cluster.together(0)
  using before = await RtmpPeer.open(cluster.at(1).rtmpPort)
  await before.publish('other')
  using older = await RtmpPeer.open(cluster.at(0).rtmpPort)
  using younger = await RtmpPeer.open(cluster.at(1).rtmpPort)
  using sending = new DisposableStack()
  for (const peer of [older, younger]) {
    assert.equal((await peer.publish('key')).code, 'NetStream.Publish.Start')
    sending.use(send(peer))
  }
  await Promise.all(cluster.proxies.map(async (proxy) => await proxy.reopen()))
  assert.match((await younger.status(/Failed/)).description, /Another publisher/)
  await younger.closed()
  assert.equal(older.socket.destroyed, false)
  await using viewer = await watchFlv(`${cluster.at(1).http}/live/key`)
  await eventually(() => assert.ok(viewer.messages >= 20))
  for (const { http } of cluster.replicas) assert.equal((await fetch(`${http}/v1/streams/live/key`)).status, 200)
})

test('an owner that was frozen gives way to who published meanwhile', async () => {
  await using cluster = await TestCluster.start(2, LOSES)
  await cluster.together()
  using frozen = await RtmpPeer.open(cluster.at(0).rtmpPort)
  await frozen.publish('key')
  const { process: owner } = cluster.at(0).service
  owner.kill('SIGSTOP')
  await eventually(async () => assert.equal(await cluster.metric(1, 'peers'), 0))
  using next = await RtmpPeer.open(cluster.at(1).rtmpPort)
  assert.equal((await next.publish('key')).code, 'NetStream.Publish.Start')
  using _next = send(next)
  owner.kill('SIGCONT')
  await frozen.closed()
  await using viewer = await watchFlv(`${cluster.at(0).http}/live/key`)
  await eventually(() => assert.ok(viewer.messages >= 5))
  assert.equal(next.socket.destroyed, false)
})
