import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { drive } from '../src/drive.ts'

const LONG_MS = 60_000

test('everything that any lane got accepted is counted', async () => {
  const send = async () => {
    await turn()
    return 3
  }
  const { accepted, failures } = await drive({ lanes: 8, forMs: LONG_MS, atMost: 100 }, send)
  assert.deepEqual({ accepted, failures }, { accepted: 300, failures: 0 })
})

test('every lane has one request under way at most, and each path is sent once', async () => {
  const busy = new Set<number>()
  const paths: string[] = []
  const send = async (lane: number, path: string) => {
    assert.ok(!busy.has(lane))
    busy.add(lane)
    paths.push(path)
    await turn()
    busy.delete(lane)
    return 1
  }
  const { fault } = await drive({ lanes: 3, forMs: LONG_MS, atMost: 10 }, send)
  await drive({ lanes: 3, forMs: LONG_MS, atMost: 10 }, send)
  assert.equal(fault, undefined)
  assert.equal(paths.length, 20)
  assert.equal(new Set(paths).size, 20)
})

test('it ends when the time is over', async () => {
  const { accepted, wallMs } = await drive({ lanes: 2, forMs: 30 }, () => turn(1))
  assert.ok(accepted > 0 && wallMs >= 30)
})

test('failures are counted, and the first one is told', async () => {
  const send = async (_lane: number, path: string) => {
    if (/-[13]$/.test(path)) throw new Error(path)
    return 1
  }
  const driven = await drive({ lanes: 1, forMs: LONG_MS, atMost: 4 }, send)
  assert.deepEqual([driven.accepted, driven.failures], [2, 2])
  assert.match(driven.fault ?? '', /-1$/)
})

test('with a rate, what a stalled request kept from being sent counts from when it was due', async () => {
  const stall = Promise.withResolvers<void>()
  setTimeout(() => stall.resolve(), 200)
  const send = async (_lane: number, path: string) => {
    if (path.endsWith('-0')) await stall.promise
    return 1
  }
  // One lane: the other nine were due within the first 100 ms, and wait for the end of the stall.
  const { accepted, p50Ms, wallMs } = await drive({ lanes: 1, forMs: 95, ratePerSecond: 100 }, send)
  assert.equal(accepted, 10)
  assert.ok(p50Ms > 100 && wallMs > 150, `${p50Ms} ${wallMs}`)
})
