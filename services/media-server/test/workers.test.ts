import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePorts } from '@livepods/system'
import { eventually, spawnService } from '@livepods/testing'
import { MAIN } from './support/cluster.ts'
import { publishForever, segmented } from './support/ffmpeg.ts'
import { textOf, watchFlv } from './support/watch.ts'

const file = await segmented()
const VIEWERS = 24

/** Ports of two workers: those of peers and of metrics are one after the other. */
async function portsOfTwo(): Promise<Record<string, string>> {
  for (;;) {
    const ports = await freePorts({ PORT: 0, RTMP_PORT: 0, PEER_PORT: 0, OPS_PORT: 0 })
    const { PEER_PORT, OPS_PORT } = ports
    const wanted: Record<string, number> = { a: PEER_PORT + 1, b: OPS_PORT + 1, c: OPS_PORT + 2 }
    const found: Record<string, number> = await freePorts(wanted)
    if (Object.entries(wanted).every(([name, port]) => found[name] === port))
      return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `${port}`]))
  }
}

test('workers share the ports, each has every stream, and when one dies the others go on with its streams', async () => {
  const ports = await portsOfTwo()
  await using service = await spawnService(MAIN, {
    ...{ ...ports, WORKERS: '2', DRAIN_SECONDS: '0' },
    ...{ PEER_ANSWER_MS: '60000', PEER_LOST_SECONDS: '60' },
  })
  await service.ready()
  const ops = [1, 2].map((number) => `http://127.0.0.1:${Number(ports.OPS_PORT) + number}`)
  const metric = async (url: string, name: string) => {
    const values = [
      ...(await textOf(`${url}/metrics`)).matchAll(new RegExp(`^livepods_${name}(?:{[^}]*})? (\\S+)$`, 'gm')),
    ]
    return values.reduce((sum, [, value]) => sum + Number(value), 0)
  }
  const statuses = async () =>
    await Promise.all(ops.map(async (url) => JSON.parse(await textOf(`${url}/status`)) as Status))
  await eventually(async () => {
    for (const url of ops) assert.equal(await metric(url, 'peers'), 1)
  })
  const rtmp = `rtmp://127.0.0.1:${ports.RTMP_PORT}/live/key`
  let encoder = publishForever(file, rtmp)
  const stream = `http://127.0.0.1:${ports.PORT}/live/key`
  await using stack = new AsyncDisposableStack()
  stack.defer(() => encoder[Symbol.dispose]())
  await eventually(async () => void (await textOf(`${stream}/video.m3u8`)))
  // The kernel chooses by the addresses of a connection: that all of these are one worker's happens once in 2^23 times.
  const viewers = await Promise.all(Array.from({ length: VIEWERS }, async () => stack.use(await watchFlv(stream))))
  await eventually(async () => {
    const shares = await Promise.all(ops.map(async (url) => await metric(url, 'viewers')))
    assert.equal(shares[0] === undefined ? 0 : shares.reduce((sum, share) => sum + share), VIEWERS)
    assert.ok(
      shares.every((share) => share > 0),
      `${shares}`,
    )
    assert.ok(viewers.every(({ messages }) => messages > 0))
  })
  const owner = (await statuses()).findIndex(({ parts }) => parts.streams.some(({ isLocal }) => isLocal))
  const { parts } = JSON.parse(await textOf(`${service.ops}/status`)) as { parts: { workers: { pid: number }[] } }
  process.kill(parts.workers[owner]?.pid ?? 0, 'SIGKILL')
  await encoder.ended
  encoder = publishForever(file, rtmp)
  await eventually(() => assert.ok(viewers.some(({ isOver }) => !isOver)))
  const before = viewers.map(({ messages }) => messages)
  await eventually(() => {
    assert.ok(viewers.every(({ isOver, messages }, index) => isOver || messages > (before[index] ?? 0)))
  })
  await service.ready()
  assert.match(service.output(), /"a worker ended"/)
  assert.equal(await service.stop(), 0)
})

interface Status {
  parts: { streams: { isLocal: boolean }[] }
}

test('what workers cannot share is refused with a sentence for each', async () => {
  const environment = { WORKERS: '2', PORT: '0', MEDIA_PEERS: 'media', PEER_SECRET: 'a secret of all replicas' }
  await using service = await spawnService(MAIN, environment)
  assert.equal(await service.exited, 78)
  assert.match(service.output(), /PORT must not be 0 with WORKERS/)
  assert.match(service.output(), /MEDIA_PEERS and WORKERS exclude each other/)
})
