import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { eventually, spawnService } from '@livepods/testing'
import { MAIN, SECRET, TestCluster } from '../support/cluster.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { RtmpPeer } from '../support/rtmp-peer.ts'

const FUZZED = 2000
const REQUESTS = ['/state', '/claim', '/window', '/feed', '/kick', '/other']
const authorization = `Bearer ${SECRET}`

test('who has not the secret is told nothing, and is no peer', async () => {
  await using cluster = await TestCluster.start(1)
  const url = `http://127.0.0.1:${cluster.at(0).peerPort}`
  for (const wrong of [undefined, 'Bearer', `Bearer ${SECRET}x`, 'Bearer a secret of somebody', SECRET])
    for (const path of REQUESTS) {
      const headers = wrong === undefined ? {} : { authorization: wrong }
      const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: '{}' })
      assert.deepEqual([answer.status, await answer.text()], [401, ''])
    }
  await using stranger = await spawnService(MAIN, {
    PORT: '0',
    RTMP_PORT: '0',
    PEER_PORT: '0',
    MEDIA_PEERS: `127.0.0.1:${cluster.at(0).peerPort}`,
    PEER_SECRET: 'another secret of another',
  })
  await stranger.said(/a peer refuses this replica/)
  assert.equal(await cluster.metric(0, 'peers'), 0)
})

test('what is too large, cut off or no request is refused, and the replica serves on', async () => {
  await using cluster = await TestCluster.start(1)
  const { peerPort, rtmpPort } = cluster.at(0)
  const url = `http://127.0.0.1:${peerPort}`
  const post = async (path: string, body: string) => {
    const headers = { authorization, 'content-type': 'application/json' }
    return (await fetch(`${url}${path}`, { method: 'POST', headers, body })).status
  }
  const large = JSON.stringify({ name: 'x'.repeat(5 * 1024 * 1024) })
  for (const path of ['/state', '/claim', '/window', '/feed', '/kick'])
    for (const body of [large, '', '[', '{}', 'null', '[]', '{"name":1}'])
      assert.equal(await post(path, body), 400, path)
  assert.equal(await post('/other', '{}'), 404)
  for (const path of ['/window', '/feed']) assert.equal(await post(path, '{"name":"live/key","held":[]}'), 404)
  const cut = connect(peerPort, '127.0.0.1')
  cut.end(`POST /state HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Length: 100\r\n\r\n{"id"`)
  await once(cut.resume(), 'close')
  using publisher = await RtmpPeer.open(rtmpPort)
  assert.equal((await publisher.publish('key')).code, 'NetStream.Publish.Start')
})

test(`${FUZZED} requests that are changed end nothing`, async () => {
  await using cluster = await TestCluster.start(1)
  const { peerPort, http, service } = cluster.at(0)
  using publisher = await RtmpPeer.open(cluster.at(0).rtmpPort)
  await publisher.publish('key')
  const random = randomNumbers(1)
  const stream = { name: 'live/key', claim: 1, onAir: true, bornAt: 1, held: [], viewers: 1, since: 1 }
  const publication = { publisher: { protocol: 'rtmp', client: '' }, bitsPerSecond: 1, codecs: [] }
  const state = { protocol: 1, id: 'a', port: 9, sequence: 1, counter: 1, isStopping: false }
  const bodies = [
    { ...state, streams: [{ ...stream, ...publication, name: 'live/other' }] },
    { name: 'live/other', counter: 2, id: 'a' },
    { name: 'live/key', held: [{ kind: 'video', number: 1, startsAt: 1, parts: 1, isClosed: true }] },
    { name: 'live/other' },
  ].map((body) => Buffer.from(JSON.stringify(body)))
  for (let sent = 0; sent < FUZZED; sent += 50) {
    const requests = Array.from({ length: 50 }, async () => {
      const body = Buffer.from(bodies[random(bodies.length)] as Buffer)
      for (let changes = random(4); changes > 0; changes--) body[random(body.length)] = 32 + random(95)
      const options = { method: 'POST', headers: { authorization }, body, signal: AbortSignal.timeout(60_000) }
      const answer = await fetch(`http://127.0.0.1:${peerPort}${REQUESTS[random(REQUESTS.length)]}`, options)
      assert.ok([200, 400, 404].includes(answer.status), String(answer.status))
      await answer.body?.cancel()
    })
    await Promise.all(requests)
  }
  assert.equal((await fetch(`${http}/v1/streams`)).status, 200)
  assert.equal(service.process.exitCode, null)
  assert.doesNotMatch(service.output(), /"level":"(error|fatal)"/)
})

test('a peer of a later version may say more; one that cannot work with this one is left alone', async () => {
  const said: Record<string, unknown> = { id: 'later', counter: 5, isStopping: false, streams: [], mood: 1 }
  let sequence = 0
  const peer = createServer((request, response) => {
    request.resume()
    response.end(JSON.stringify({ protocol: 1, port: 9, ...said, sequence: ++sequence }))
  })
  await once(peer.listen(0, '127.0.0.1'), 'listening')
  const { port } = peer.address() as { port: number }
  await using cluster = await TestCluster.start(1, {
    MEDIA_PEERS: `127.0.0.1:${port}`,
    LOG_LEVEL: 'debug',
    PEER_LOST_SECONDS: '3',
  })
  await eventually(async () => assert.equal(await cluster.metric(0, 'peers'), 1))
  said.protocol = 2
  await eventually(async () => assert.equal(await cluster.metric(0, 'peers'), 0))
  await cluster.at(0).service.said(/a peer of another version is left alone/)
  peer.closeAllConnections()
  peer.close()
})
