import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { DECODE_MAX_BYTES, type DecodeCost } from '@livepods/images'
import { createLog } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { DescribedCache } from '../../src/engine/described-cache.ts'
import type { DescribeOptions } from '../../src/engine/recogniser.ts'
import { BusyError, RecognitionTimeoutError, WorkerPool } from '../../src/engine/worker-pool.ts'

const entry = new URL('../support/fake-worker.ts', import.meta.url)
const log = createLog('test', 'silent')
/** `held` is 0 while workers that were told to hold wait. */
const held = new Int32Array(new SharedArrayBuffer(4))
const letGo = () => {
  held[0] = 1
  Atomics.notify(held, 0)
}
beforeEach(() => {
  held[0] = 0
})

const cost = (bytes: number, isCostly: boolean): DecodeCost => ({
  ...{ bytes, isCostly, pixels: 1, wholeBytes: bytes, seconds: 1 },
})

/** A picture that is told to "hold" is costly, every other one is not. */
async function start(workers: number, bytes = DECODE_MAX_BYTES) {
  const costOf = async (picture: Uint8Array) => cost(bytes, Buffer.from(picture).toString() === 'hold')
  const pool = new WorkerPool({ engine: 'fake', entry, data: Promise.resolve(held), workers, queue: 64, log, costOf })
  await pool.started
  await eventually(() => assert.equal(pool.report().alive, workers))
  const done: string[] = []
  const send = async (command: 'hold' | 'describe', options: DescribeOptions = {}) => {
    await pool.describe(Buffer.from(command), options)
    done.push(command)
  }
  return { pool, send, done, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() }
}

test('a good picture behind six costly ones is described while the first of them is still being decoded', async () => {
  for (const workers of [2, 3]) {
    held[0] = 0
    await using part = await start(workers)
    const costly = Array.from({ length: 6 }, () => part.send('hold', { patient: true }))
    await eventually(() => assert.equal(part.pool.report().busy, 1))
    await part.send('describe')
    assert.deepEqual(part.done, ['describe'])
    letGo()
    await Promise.all(costly)
  }
})

test('with one worker costly pictures wait until nothing else does, and a good one waits for one of them at most', async () => {
  await using part = await start(1)
  const costly = Array.from({ length: 6 }, () => part.send('hold', { patient: true }))
  await eventually(() => assert.equal(part.pool.report().busy, 1))
  const good = Promise.all([part.send('describe'), part.send('describe')])
  await eventually(() => assert.equal(part.pool.report().waiting, 7))
  letGo()
  await Promise.all([good, ...costly])
  assert.deepEqual(part.done.slice(0, 3), ['hold', 'describe', 'describe'])
})

test('costly pictures share one budget of memory, and always leave a worker', async () => {
  for (const [workers, bytes, atOnce] of [
    [4, DECODE_MAX_BYTES, 1],
    [4, DECODE_MAX_BYTES / 2, 2],
    [4, 1, 3],
    [2, 1, 1],
  ] as const) {
    held[0] = 0
    await using part = await start(workers, bytes)
    const costly = Array.from({ length: 6 }, () => part.send('hold', { patient: true }))
    await eventually(() => assert.equal(part.pool.report().busy, atOnce))
    // One that comes and goes changes nothing.
    await part.send('describe')
    assert.deepEqual([part.pool.report().busy, part.pool.report().waiting], [atOnce, 6 - atOnce])
    letGo()
    await Promise.all(costly)
  }
})

test('more costly pictures than can soon begin are told to come back, good ones never', async () => {
  await using part = await start(2)
  const taken = [part.send('hold')]
  await eventually(() => assert.equal(part.pool.report().busy, 1))
  taken.push(part.send('hold'))
  await eventually(() => assert.equal(part.pool.report().waiting, 1))
  for (let i = 0; i < 4; i++) await assert.rejects(part.send('hold'), BusyError)
  await part.send('describe')
  letGo()
  await Promise.all(taken)
})

test('who waits too long is told whether the picture was begun; what is found later is remembered', async () => {
  await using part = await start(1)
  const cache = new DescribedCache({ recogniser: part.pool, maxBytes: 1_000_000 })
  const begun = cache.describe(Buffer.from('hold'), { withinMs: 1 })
  await assert.rejects(begun, RecognitionTimeoutError)
  await assert.rejects(cache.describe(Buffer.from('describe'), { withinMs: 1 }), BusyError)
  letGo()
  await eventually(() => assert.equal(cache.report().entries, 1))
  const { misses } = cache.report()
  await cache.describe(Buffer.from('hold'))
  assert.equal(cache.report().misses, misses)
})
