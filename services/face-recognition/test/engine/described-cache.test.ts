import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { ImageUnreadableError } from '@livepods/images'
import { createLog } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { DescribedCache } from '../../src/engine/described-cache.ts'
import type { DescribeOptions } from '../../src/engine/recogniser.ts'
import { WorkerPool } from '../../src/engine/worker-pool.ts'
import { descriptorAt } from '../support/descriptors.ts'

/** A cache of `maxBytes` before a recogniser that finds as many faces as the picture has bytes. */
function open(maxBytes: number) {
  const looks: string[] = []
  const recogniser = {
    engine: 'fake',
    describe: async (bytes: Uint8Array) => {
      const text = Buffer.from(bytes).toString()
      looks.push(text)
      if (text === 'broken') throw new ImageUnreadableError('broken')
      const face = { box: { x: 0, y: 0, width: 1, height: 1 }, score: 1, quality: 1, descriptor: descriptorAt(0) }
      return { width: 1, height: 1, faces: Array(text.length).fill(face), matched: { gallery: 'old', faces: [] } }
    },
  }
  const cache = new DescribedCache({ recogniser, maxBytes })
  return { cache, looks, look: async (text: string) => await cache.describe(Buffer.from(text)) }
}

test('the same bytes are looked at once', async () => {
  const { cache, looks, look } = open(10_000)
  const first = await look('a')
  const second = await look('a')
  await look('b')
  assert.deepEqual(second.faces, first.faces)
  assert.deepEqual(looks, ['a', 'b'])
  assert.deepEqual(cache.report(), { entries: 2, bytes: 2 * (256 + 1024), hits: 1, misses: 2 })
})

test('equal pictures that come at once are one miss, and hits', async () => {
  const held = new Int32Array(new SharedArrayBuffer(4))
  const entry = new URL('../support/fake-worker.ts', import.meta.url)
  const log = createLog('test', 'silent')
  await using pool = new WorkerPool({ engine: 'fake', entry, data: Promise.resolve(held), workers: 2, queue: 1, log })
  await pool.started
  const cache = new DescribedCache({ recogniser: pool, maxBytes: 10_000 })
  const answers = Array.from({ length: 60 }, () => cache.describe(Buffer.from('hold'), { threshold: 0.6 }))
  await eventually(() => assert.deepEqual([pool.report().busy, pool.report().waiting], [1, 0]))
  Atomics.store(held, 0, 1)
  Atomics.notify(held, 0)
  for (const { faces } of await Promise.all(answers)) assert.equal(faces.length, 1)
  assert.partialDeepStrictEqual(cache.report(), { entries: 1, hits: 59, misses: 1 })
})

test('who the faces look like is not remembered', async () => {
  const { look } = open(10_000)
  assert.equal((await look('a')).matched?.gallery, 'old')
  assert.equal((await look('a')).matched, undefined)
})

test('what was not used for longest goes first, and the bound holds', async () => {
  const { cache, looks, look } = open(3 * (256 + 1024))
  for (const text of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) await look(text)
  assert.deepEqual(looks, ['a', 'b', 'c', 'd', 'b'])
  assert.ok(cache.report().bytes <= 3 * (256 + 1024))
})

test('what was decoded cut off is unreadable to who is not lenient', async () => {
  const looks: (boolean | undefined)[] = []
  const describe = async (_: Uint8Array, { lenient }: DescribeOptions = {}) => {
    looks.push(lenient)
    if (!lenient) throw new ImageUnreadableError('cut off', { cut: true })
    return { width: 1, height: 1, faces: [], truncated: true }
  }
  const cache = new DescribedCache({ recogniser: { engine: 'fake', describe }, maxBytes: 10_000 })
  const look = async (lenient: boolean) => await cache.describe(Buffer.from('a'), { lenient })
  await assert.rejects(look(false), ImageUnreadableError)
  assert.equal((await look(true)).truncated, true)
  await assert.rejects(look(false), ImageUnreadableError)
  assert.equal((await look(true)).truncated, true)
  assert.deepEqual(looks, [false, true, false])
})

test('a picture larger than the bound is not kept', async () => {
  const { cache, look } = open(2000.5)
  await look('many faces')
  assert.deepEqual([cache.report().entries, cache.report().bytes], [0, 0])
})

test('nothing is kept in no memory', async () => {
  const { cache, looks, look } = open(0)
  for (const text of ['a', 'a']) await look(text)
  assert.deepEqual([looks, cache.report().entries], [['a', 'a'], 0])
})

test('a fault is not remembered', async () => {
  const { looks, look } = open(10_000)
  await assert.rejects(look('broken'), ImageUnreadableError)
  await assert.rejects(look('broken'), ImageUnreadableError)
  assert.equal(looks.length, 2)
})

test('a picture can be forgotten', async () => {
  const { cache, looks, look } = open(10_000)
  await look('a')
  cache.forget(hash('sha256', 'a'))
  cache.forget(hash('sha256', 'never seen'))
  await look('a')
  assert.equal(looks.length, 2)
})

test('an aborted request gets nothing, remembered or not', async () => {
  const { cache, look } = open(10_000)
  await look('a')
  await assert.rejects(cache.describe(Buffer.from('a'), { signal: AbortSignal.abort(new Error('gone')) }), /gone/)
})
