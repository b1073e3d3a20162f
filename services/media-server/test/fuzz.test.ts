import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createLog } from '@livepods/service'
import { type Amf, encodeAmf } from '../src/amf0.ts'
import { FlvReader } from '../src/flv/flv-reader.ts'
import { flvFraming, flvHeader } from '../src/flv/tags.ts'
import { Hub } from '../src/hub/hub.ts'
import { frame } from '../src/hub/message.ts'
import { ProtocolError } from '../src/protocol-error.ts'
import { loadEngine } from '../src/rtmp/engine.ts'
import { aacConfig, aacFrame, audio, avcConfig, avcFrame, avcKey, video } from './support/frames.ts'
import { Pipe } from './support/pipe.ts'
import { randomNumbers } from './support/random-numbers.ts'
import { message } from './support/rtmp-peer.ts'
import { SEGMENTS } from './support/segments.ts'

/** Messages that are sent; CI has a tenth of what a long run has. */
const PACKETS = Number(process.env.FUZZ_PACKETS ?? 200_000)
const SEED = Number(process.env.FUZZ_SEED ?? 1)

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const random = randomNumbers(SEED)
const oneOf = <T>(values: readonly T[]) => values[random(values.length)] as T

const command = (...values: Amf[]) => message(20, encodeAmf(...values), { streamId: 1 })
const media = (type: number, payload: Buffer, timestamp = 0) =>
  message(type, payload, { streamId: 1, timestamp, chunkStream: type === 9 ? 6 : 4 })
const enhanced = (first: number[], rest = Buffer.alloc(20, 7)) =>
  Buffer.concat([Buffer.from(first), Buffer.from('hvc1'), rest])

const HANDSHAKE = Buffer.concat([Buffer.of(3), Buffer.alloc(2 * 1536)])
const OPENING = [
  command('connect', 1, { app: 'live', tcUrl: 'rtmp://h/live', fourCcList: ['hvc1'] }),
  command('createStream', 2, null),
]
const REST = [
  media(18, encodeAmf('@setDataFrame', 'onMetaData', { width: 1280, height: 720, list: [1, [2, { a: null }]] })),
  media(9, avcConfig()),
  media(8, aacConfig()),
  media(9, avcKey(1000), 40),
  media(9, avcFrame(300), 0xffffff + 80),
  media(8, aacFrame(), 80),
  media(9, enhanced([0x90])),
  media(9, enhanced([0x91]), 120),
  media(9, enhanced([0x97, 3, 0, 0, 0, 0, 1]), 160),
  media(9, enhanced([0x96, 1]), 200),
  media(8, enhanced([0x95, 0x11]), 240),
  message(1, Buffer.of(0, 0, 16, 0)),
  message(2, Buffer.of(0, 0, 0, 6)),
  message(4, Buffer.of(0, 6, 1, 2, 3, 4)),
  message(5, Buffer.of(0, 1, 0, 0)),
  command('FCPublish', 3, null, 'key'),
  command('deleteStream', 4, null, 1),
  command('pause', 5, null, true, 0),
]

/** The same bytes, or some that differ a little. */
function mutate(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  const at = random(changed.length)
  switch (random(6)) {
    case 0: // a bit
      changed[at] = (changed[at] as number) ^ (1 << random(8))
      return changed
    case 1: // a byte that parsers branch on
      changed[at] = oneOf([0, 1, 2, 3, 8, 9, 10, 127, 128, 255])
      return changed
    case 2:
      return changed.subarray(0, at)
    case 3:
      return Buffer.concat([changed.subarray(0, at), changed.subarray(random(changed.length))])
    case 4:
      return Buffer.concat([
        changed.subarray(0, at),
        Buffer.from(Array.from({ length: random(8) }, () => random(256))),
        changed.subarray(at),
      ])
    default: // four bytes: a length, a time
      if (at + 4 <= changed.length) changed.writeUInt32BE(oneOf([0, 1, 0x7fffffff, 0x80000000, 0xffffffff]), at)
      return changed
  }
}

for (const [engine, packets] of [
  ['builtin', PACKETS],
  // A fourth, since it takes four times as long.
  ['node-media-server', PACKETS / 4],
] as const)
  test(`RTMP that is fuzzed neither fails, nor hangs, nor leaves anything behind (${engine})`, async (context) => {
    const Session = await loadEngine(engine)
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const faults: unknown[] = []
    const log = createLog('test', 'silent')
    log.error = (...words: unknown[]) => void faults.push(words)
    const hub = new Hub({ log, policy: 'own', batchMs: 0, graceMs: 0, ...SEGMENTS })
    const used: number[] = []
    let sent = 0
    let sessions = 0
    while (sent < packets) {
      const pipe = new Pipe()
      const running = new Session(pipe, { streams: hub, client: 'fuzz', log }).run()
      const asked = command(
        oneOf(['publish', 'publish', 'publish', 'play']),
        3,
        null,
        oneOf(['key', 'other?token=x', '']),
      )
      const messages = [...OPENING, asked, ...Array.from({ length: 20 }, () => oneOf(REST))]
      const bytes = Buffer.concat([HANDSHAKE, ...messages.map((one) => (random(8) === 0 ? mutate(one) : one))])
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + random(oneOf([30, 2000, 100_000]))
        pipe.push(bytes.subarray(at, at + size))
        at += size
      }
      pipe.push(null)
      await running
      sent += messages.length
      // What is put off until the next turn, or for a second, comes now: at full speed neither would get its turn.
      context.mock.timers.tick(1000)
      await setImmediate()
      if (++sessions % Math.ceil(packets / 23 / 10) === 0) {
        collectGarbage()
        const { heapUsed, arrayBuffers } = process.memoryUsage()
        used.push(heapUsed + arrayBuffers)
      }
    }
    assert.deepEqual(faults, [], `seed ${SEED}`)
    assert.ok(used.length >= 9)
    // Sessions of that moment may hold some megabytes: what stays is the least that was found.
    const [early, late] = [Math.min(...used.slice(0, 4)), Math.min(...used.slice(-4))]
    assert.ok(late - early < 20e6, used.join())
    hub.close()
    assert.deepEqual(hub.list(), [])
  })

test('FLV that is fuzzed is read or refused, never more', () => {
  const messages = [video(0, avcConfig()), audio(0, aacConfig()), video(0, avcKey(500)), audio(20, aacFrame())]
  const file = Buffer.concat([flvHeader({ audio: true, video: true }), frame(flvFraming, messages)])
  for (let sent = 0; sent < PACKETS / 10; sent += messages.length) {
    const reader = new FlvReader()
    const bytes = mutate(file)
    try {
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + random(300)
        for (const { payload } of reader.read(bytes.subarray(at, at + size)))
          assert.ok(payload.length <= 8 * 1024 * 1024)
        at += size
      }
    } catch (error) {
      assert.ok(error instanceof ProtocolError, `seed ${SEED}: ${error}`)
    }
  }
})
