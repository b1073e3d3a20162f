import assert from 'node:assert/strict'
import { eventually } from '@livepods/testing'
import { testEngines } from './support/engines.ts'
import { framesOf, publish, sample } from './support/ffmpeg.ts'
import { playByLibrtmp, publishByLibrtmp } from './support/librtmp.ts'
import { rtmpServer } from './support/rtmp-server.ts'

const file = await sample()

testEngines('ffmpeg publishes over RTMP and plays what it published, frame by frame', async (engine) => {
  await using server = await rtmpServer({ engine, hub: { graceMs: 500 } })
  const url = `${server.url}/live/key`
  using encoder = publish(file, url)
  await eventually(() => assert.equal(server.hub.list()[0]?.codecs.length, 2))
  const frames = await framesOf(url)
  assert.deepEqual(frames, await framesOf(file))
  assert.ok(frames.length > 100)
  assert.equal(await encoder.ended, '')
})

testEngines('ffmpeg says why it was refused', async (engine) => {
  await using server = await rtmpServer({ engine })
  using first = publish(file, `${server.url}/live/key`)
  await eventually(() => assert.equal(server.hub.list().length, 1))
  using second = publish(file, `${server.url}/live/key`)
  assert.match(await second.ended, /Somebody publishes this stream already/)
  assert.equal(await first.ended, '')
})

testEngines('librtmp, which is in OBS, publishes and plays the very frames', async (engine) => {
  await using server = await rtmpServer({ engine, hub: { graceMs: 2000 } })
  const url = `${server.url}/live/key`
  const published = publishByLibrtmp(file, url)
  await eventually(() => assert.equal(server.hub.list()[0]?.codecs.length, 2))
  const [byFfmpeg, byLibrtmp] = await Promise.all([framesOf(url), playByLibrtmp(url)])
  await published
  assert.deepEqual(byFfmpeg, await framesOf(file))
  assert.deepEqual(await framesOf(byLibrtmp), byFfmpeg)
})
