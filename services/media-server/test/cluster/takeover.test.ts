import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '@livepods/testing'
import { TestCluster } from '../support/cluster.ts'
import { publishForever, segmented } from '../support/ffmpeg.ts'
import { RoundRobin } from '../support/round-robin.ts'
import { textOf } from '../support/watch.ts'

const KILLS = Number(process.env.KILLS ?? 3)
/** When an encoder that lost its server connects again. */
const RECONNECT_MS = 500
const file = await segmented()

test('kill -9 of the owner: numbers go on at the others, every listed segment is there, and the encoder comes back to any', async (t) => {
  await using cluster = await TestCluster.start(3)
  await cluster.together()
  let owner = 0
  let encoder = publishForever(file, `${cluster.at(owner).rtmp}/live/key`)
  const others = () => cluster.replicas.filter((_, index) => index !== owner).map(({ http }) => `${http}/live/key`)
  await eventually(async () => void (await Promise.all(others().map((url) => textOf(`${url}/video.m3u8`)))))
  const players = new RoundRobin(others)
  players.start()
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const before = players.newest
      await eventually(() => assert.ok(players.newest >= before + 3))
      const killed = owner
      const next = (owner + 1 + (kill % 2)) % 3
      cluster.at(killed).service.process.kill('SIGKILL')
      await encoder.ended
      await sleep(RECONNECT_MS)
      encoder = publishForever(file, `${cluster.at(next).rtmp}/live/key`)
      const last = players.newest
      await eventually(() => assert.ok(players.newest >= last + 3))
      await cluster.start(killed)
      await cluster.together()
      // Before it is asked it has to know the new owner.
      await eventually(async () => void (await textOf(`${cluster.at(killed).http}/live/key/video.m3u8`)))
      owner = next
    }
  } finally {
    await players.stop()
    encoder[Symbol.dispose]()
  }
  t.diagnostic(`${players.requests} requests, ${players.numbers.length} segments, back ${players.wentBack}`)
  assert.deepEqual(players.faults, [])
})
