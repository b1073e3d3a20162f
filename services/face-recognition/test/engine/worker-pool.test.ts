import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { ImageUnreadableError } from '@livepods/images'
import { createLog } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { BusyError, QueueFullError, RecognitionTimeoutError, WorkerPool } from '../../src/engine/worker-pool.ts'
import { WorkerLostError } from '../../src/engine/worker-thread.ts'
import { GalleryRows } from '../../src/gallery/gallery-rows.ts'
import type { Command } from '../support/fake-worker.ts'

const entry = new URL('../support/fake-worker.ts', import.meta.url)
const log = createLog('test', 'silent')
/** `held` is 0 while workers that were told to hold wait. */
const held = new Int32Array(new SharedArrayBuffer(4))
const opening = (data: Promise<unknown>, workers: number, queue = 4) =>
  new WorkerPool({ engine: 'fake', entry, data, workers, queue, log })
const start = async (workers: number, queue?: number) => {
  const pool = opening(Promise.resolve(held), workers, queue)
  await pool.started
  return pool
}
const letGo = () => {
  held[0] = 1
  Atomics.notify(held, 0)
}
beforeEach(() => {
  held[0] = 0
})
const shared = await start(1)
after(() => shared[Symbol.asyncDispose]())
const send = (command: Command, pool = shared, options = {}) => pool.describe(Buffer.from(command), options)

test('a picture is described by a worker', async () => {
  const { width, faces } = await send('describe')
  assert.equal(width, 4)
  assert.equal(faces[0]?.descriptor[127], 0.5)
  assert.equal(shared.engine, 'fake')
})

test('a broken picture is the fault of the picture, and the worker goes on', async () => {
  await assert.rejects(
    send('unreadable'),
    (error: Error) => error instanceof ImageUnreadableError && error.cut && /broken/.test(error.message),
  )
  await assert.rejects(send('fail'), /the net failed/)
  await send('describe')
})

test('a worker that dies fails its own picture only and is replaced', async () => {
  const seen: boolean[] = []
  shared.onAvailable = (available) => seen.push(available)
  const [dies, next] = [send('die'), send('describe')]
  await assert.rejects(dies, WorkerLostError)
  assert.equal((await next).width, 4)
  assert.deepEqual(seen, [false, true])
})

test('a worker that dies while nothing is to do is replaced, too', async () => {
  await using pool = await start(1)
  await assert.rejects(send('die', pool), WorkerLostError)
  await eventually(() => assert.equal(pool.available, true))
})

test('a full queue refuses, except the patient', async () => {
  await using pool = await start(1, 2)
  const waiting = [send('hold', pool), send('describe', pool), send('describe', pool)]
  await assert.rejects(send('describe', pool), QueueFullError)
  waiting.push(send('describe', pool, { patient: true }))
  letGo()
  await Promise.all(waiting)
  await send('describe', pool)
})

test('a picture whose caller gave up is not looked at', async () => {
  await using pool = await start(1)
  const abort = new AbortController()
  const first = send('hold', pool)
  const given = send('die', pool, { signal: abort.signal })
  abort.abort(new Error('gave up'))
  await assert.rejects(given, /gave up/)
  letGo()
  await first
  await send('describe', pool)
  await assert.rejects(send('describe', pool, { signal: abort.signal }), /gave up/)
})

test('a caller that gives up in the middle of the work is told while the worker goes on', async () => {
  await using pool = await start(1)
  const busy = () => (pool.report() as { busy: number }).busy
  const abort = new AbortController()
  const holding = send('hold', pool, { signal: abort.signal })
  setImmediate(() => abort.abort(new Error('gave up')))
  await assert.rejects(holding, /gave up/)
  assert.equal(busy(), 1)
  letGo()
  await send('describe', pool)
  assert.equal(busy(), 0)
})

test('stopping finishes what was accepted and takes no more', async () => {
  const pool = await start(2)
  const accepted = [send('hold', pool), send('hold', pool), send('describe', pool)]
  const stopped = pool[Symbol.asyncDispose]()
  await assert.rejects(send('describe', pool), WorkerLostError)
  letGo()
  assert.equal((await Promise.all(accepted)).length, 3)
  await stopped
  assert.equal(pool.available, false)
})

test('the event loop is free while all workers are busy', async () => {
  await using pool = await start(2)
  await eventually(() => assert.equal(pool.report().alive, 2))
  const answers = [send('hold', pool), send('hold', pool)]
  // Only a loop that turns lets them go.
  setTimeout(letGo, 20)
  for (const { width } of await Promise.all(answers)) assert.equal(width, 4)
})

test('a pool whose first worker cannot start says why, and lets go of who came too early', async () => {
  const pool = opening(Promise.resolve('broken'), 2)
  const early = send('describe', pool)
  await assert.rejects(pool.started, /Cannot find module x/)
  await Promise.all([pool[Symbol.asyncDispose](), assert.rejects(early, WorkerLostError)])
})

test('a picture that comes before the first worker waits for it', async () => {
  const made = Promise.withResolvers<unknown>()
  await using pool = opening(made.promise, 1)
  const early = send('describe', pool)
  assert.equal(pool.report().waiting, 1)
  made.resolve(held)
  assert.equal((await early).width, 4)
})

test('equal pictures that come at once are described once, however many there are', async () => {
  await using pool = await start(2, 1)
  let joined = 0
  const again = { key: 'same', joined: () => joined++ }
  const answers = Array.from({ length: 60 }, () => send('hold', pool, again))
  await eventually(() => assert.deepEqual([pool.report().busy, pool.report().waiting, joined], [1, 0, 59]))
  letGo()
  for (const { width } of await Promise.all(answers)) assert.equal(width, 4)
  await send('describe', pool, again)
  assert.equal(joined, 59, 'what is done is not joined')
})

test('who gives up takes nothing from the others that want the same picture, and the last one takes it along', async () => {
  await using pool = await start(1)
  const aborts = [new AbortController(), new AbortController()]
  const first = send('hold', pool)
  const same = aborts.map(({ signal }) => send('die', pool, { key: 'same', signal }))
  const patient = send('describe', pool, { key: 'other' })
  const left = aborts.map(async ({ signal }, i) => {
    await assert.rejects(same[i] as Promise<unknown>, signal.reason)
  })
  await eventually(() => assert.equal(pool.report().waiting, 2))
  aborts[0]?.abort(new Error('gave up'))
  assert.equal(pool.report().waiting, 2)
  aborts[1]?.abort(new Error('gave up, too'))
  assert.equal(pool.report().waiting, 1)
  letGo()
  await Promise.all([first, patient, ...left])
})

test('whoever waits for too long for a picture of somebody else is told whether it is looked at', async () => {
  await using pool = await start(1)
  const holding = send('hold', pool, { key: 'held' })
  const waiting = send('describe', pool, { key: 'waiting' })
  await eventually(() => assert.equal(pool.report().busy, 1))
  await assert.rejects(send('hold', pool, { key: 'held', withinMs: 1 }), RecognitionTimeoutError)
  await assert.rejects(send('describe', pool, { key: 'waiting', withinMs: 1 }), BusyError)
  letGo()
  await Promise.all([holding, waiting])
})

test('what is found after all have given up is told once', async () => {
  await using pool = await start(1)
  const found: number[] = []
  const late = ({ width }: { width: number }) => found.push(width)
  const given = [1, 2].map((withinMs) => send('hold', pool, { key: 'same', withinMs, late }))
  await Promise.all(given.map((one) => assert.rejects(one, RecognitionTimeoutError)))
  assert.deepEqual(found, [])
  letGo()
  await eventually(() => assert.deepEqual(found, [4]))
})

test('who joins a picture that was begun with the known people of before is not told whom those looked like', async () => {
  await using pool = await start(1)
  const rows = new GalleryRows('fake')
  rows.add({ name: 'anna_1.jpg', content: 'x', descriptor: new Float32Array(128).fill(0.5) })
  const [old, now] = [rows.gallery(), rows.gallery()]
  pool.share(old)
  const before = send('hold', pool, { key: 'same', threshold: 0.6 })
  await eventually(() => assert.equal(pool.report().busy, 1))
  const joined = send('hold', pool, { key: 'same', threshold: 0.6 })
  pool.share(now)
  const after = send('hold', pool, { key: 'same', threshold: 0.6 })
  letGo()
  for (const one of [before, joined]) assert.equal((await one).matched?.faces[0]?.nearest?.person, 'anna')
  assert.equal((await after).matched, undefined)
})

test('a worker that dies fails all who want its picture', async () => {
  await using pool = await start(1)
  const dies = [1, 2, 3].map(() => send('die', pool, { key: 'same' }))
  await Promise.all(dies.map((one) => assert.rejects(one, WorkerLostError)))
  assert.equal((await send('describe', pool, { key: 'same' })).width, 4)
})
