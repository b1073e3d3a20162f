import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as breathe } from 'node:timers/promises'
import { ConcurrencyLimit } from '../src/index.ts'

const full = () => new RangeError('full')
const costing = (bytes: number, isCostly = false) => ({ bytes, isCostly })

/** Works that end when they are told to, and which of them have begun. */
function works(limit: ConcurrencyLimit) {
  const begun: string[] = []
  const start = (name: string, cost = costing(0)) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const ended = limit.run(async () => {
      begun.push(name)
      await promise
    }, cost)
    return async () => {
      resolve()
      await ended
      await breathe()
    }
  }
  return { begun, start }
}

test('no more than so many run at once, and all get their turn, also after a failure', async () => {
  const limit = new ConcurrencyLimit({ atOnce: 2, waiting: 100, full })
  let running = 0
  let most = 0
  const done = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      limit.run(async () => {
        most = Math.max(most, ++running)
        await breathe()
        running -= 1
        if (index % 3 === 0) throw new Error('failed')
        return index
      }),
    ),
  )
  assert.equal(most, 2)
  assert.equal(done.filter(({ status }) => status === 'fulfilled').length, 13)
})

test('when the line is full the next one is refused with the error of its owner', async () => {
  const limit = new ConcurrencyLimit({ atOnce: 1, waiting: 1, full })
  const { begun, start } = works(limit)
  const [first, second] = [start('first'), start('second')]
  await assert.rejects(limit.acquire(), RangeError)
  await first()
  assert.deepEqual(begun, ['first', 'second'])
  await second()
})

test('without a line a place is free again when what was acquired is disposed of', async () => {
  const limit = new ConcurrencyLimit({ atOnce: 1, full })
  const place = await limit.acquire()
  await assert.rejects(limit.acquire(), RangeError)
  place[Symbol.dispose]()
  using _ = await limit.acquire()
})

test('of costly works one runs at a time, and others pass it', async () => {
  const { begun, start } = works(new ConcurrencyLimit({ atOnce: 2, waiting: 9, full }))
  const ends = [start('a', costing(0, true)), start('b', costing(0, true)), start('c')]
  await breathe()
  assert.deepEqual(begun, ['a', 'c'])
  await ends[2]?.()
  assert.deepEqual(begun, ['a', 'c'])
  await ends[0]?.()
  assert.deepEqual(begun, ['a', 'c', 'b'])
  await ends[1]?.()
})

test('together they take no more memory than allowed, unless one alone takes more', async () => {
  const { begun, start } = works(new ConcurrencyLimit({ atOnce: 9, waiting: 9, bytes: 100, full }))
  const ends = [
    start('60', costing(60)),
    start('50', costing(50)),
    start('40', costing(40)),
    start('200', costing(200)),
  ]
  await breathe()
  assert.deepEqual(begun, ['60', '40'])
  await ends[0]?.()
  assert.deepEqual(begun, ['60', '40', '50'])
  await ends[2]?.()
  await ends[1]?.()
  assert.deepEqual(begun, ['60', '40', '50', '200'])
  await ends[3]?.()
})
