import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { drive } from '../../src/pipeline/load/drive.ts'

const LONG_MS = 60_000

test('everything that any lane got accepted is counted', async () => {
  const send = async () => {
    await turn()
    return 3
  }
  const { accepted, failures } = await drive({ lanes: 8, forMs: LONG_MS, atMost: 100, send })
  assert.deepEqual({ accepted, failures }, { accepted: 300, failures: 0 })
})

test('every lane has one request under way at most, and each number is sent once', async () => {
  const busy = new Set<number>()
  const numbers: number[] = []
  const send = async (lane: number, n: number) => {
    assert.ok(!busy.has(lane))
    busy.add(lane)
    numbers.push(n)
    await turn()
    busy.delete(lane)
    return 1
  }
  const { fault } = await drive({ lanes: 3, forMs: LONG_MS, atMost: 20, send })
  assert.equal(fault, undefined)
  assert.deepEqual(
    numbers.toSorted((one, other) => one - other),
    Array.from({ length: 20 }, (_, n) => n),
  )
})

test('it ends when the time is over', async () => {
  const { accepted, wallMs } = await drive({ lanes: 2, forMs: 30, send: () => turn(1) })
  assert.ok(accepted > 0 && wallMs >= 30)
})

test('failures are counted, and the first one is told', async () => {
  const send = async (_lane: number, n: number) => {
    if (n % 2 === 1) throw new Error(`number ${n}`)
    return 1
  }
  const driven = await drive({ lanes: 1, forMs: LONG_MS, atMost: 4, send })
  assert.deepEqual([driven.accepted, driven.failures, driven.fault], [2, 2, 'number 1'])
})

test('with a rate, what a stalled request kept from being sent counts from when it was due', async () => {
  const stall = Promise.withResolvers<void>()
  setTimeout(() => stall.resolve(), 200)
  const send = async (_lane: number, n: number) => {
    if (n === 0) await stall.promise
    return 1
  }
  // One lane: the other nine were due within the first 100 ms, and wait for the end of the stall.
  const { accepted, p50Ms, wallMs } = await drive({ lanes: 1, forMs: 95, ratePerSecond: 100, send })
  assert.equal(accepted, 10)
  assert.ok(p50Ms > 100 && wallMs > 150, `${p50Ms} ${wallMs}`)
})
