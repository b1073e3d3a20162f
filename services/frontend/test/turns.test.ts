import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from '../src/turns.ts'

test('no more than so many works run at once, and all get their turn, also after a failure', async () => {
  const turns = new Turns({ atOnce: 2, waiting: 100 })
  let running = 0
  let most = 0
  const done = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      turns.take(async () => {
        most = Math.max(most, ++running)
        await new Promise(setImmediate)
        running -= 1
        if (index % 3 === 0) throw new Error('failed')
        return index
      }),
    ),
  )
  assert.equal(most, 2)
  assert.equal(done.filter(({ status }) => status === 'fulfilled').length, 13)
})

test('when the line is full the next one is sent away with 503', async () => {
  const turns = new Turns({ atOnce: 1, waiting: 1 })
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = turns.take(() => promise)
  const second = turns.take(async () => 'second')
  await assert.rejects(
    turns.take(async () => 'third'),
    { name: 'Problem', status: 503 },
  )
  resolve()
  await first
  assert.equal(await second, 'second')
})
