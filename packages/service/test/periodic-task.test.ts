import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises'
import { PeriodicTask } from '../src/index.ts'

const NEVER_MS = 3_600_000

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1)
}

test('runs come again and again, the first one at once', async () => {
  let runs = 0
  await using task = new PeriodicTask(async () => void runs++, { everyMs: 1 })
  task.start()
  assert.equal(runs, 1)
  await until(() => runs >= 3)
})

test('one that waits first has its first run after the usual time, or when it is told to run now', async () => {
  let runs = 0
  await using task = new PeriodicTask(async () => void runs++, { everyMs: NEVER_MS })
  task.start({ waits: true })
  await breathe()
  assert.equal(runs, 0)
  task.runNow()
  await until(() => runs === 1)
})

test('two runs never run at once, and told to run now during one it has another right after it, once', async () => {
  const begun: PromiseWithResolvers<void>[] = []
  await using task = new PeriodicTask(
    async () => {
      const end = Promise.withResolvers<void>()
      begun.push(end)
      await end.promise
    },
    { everyMs: NEVER_MS },
  )
  task.start()
  task.start()
  task.runNow()
  task.runNow()
  await breathe()
  assert.equal(begun.length, 1)
  begun[0]?.resolve()
  await until(() => begun.length === 2)
  begun[1]?.resolve()
  await breathe()
  await breathe()
  assert.equal(begun.length, 2)
})

test('stopping tells the run under way, waits for it, and none comes after it', async () => {
  let runs = 0
  const end = Promise.withResolvers<void>()
  const task = new PeriodicTask(
    async (signal) => {
      runs++
      signal.addEventListener('abort', () => end.resolve())
      await end.promise
    },
    { everyMs: 0 },
  )
  task.start()
  await task.stop()
  task.runNow()
  task.start()
  await breathe()
  assert.equal(runs, 1)
})

test('one that was never started is stopped at once, and does not start any more', async () => {
  let runs = 0
  const task = new PeriodicTask(async () => void runs++, { everyMs: 0 })
  await task.stop()
  task.start()
  await task.stop()
  assert.equal(runs, 0)
})

test('a failure is told once, until a run succeeds; what fails because it is stopped is no failure', async () => {
  const told: unknown[] = []
  const outcomes = ['away', 'away', 'away', undefined, 'away again', 'away again']
  let runs = 0
  const task = new PeriodicTask(
    async (signal) => {
      const outcome = outcomes[runs++]
      if (runs > outcomes.length) await new Promise((_, reject) => signal.addEventListener('abort', reject))
      if (outcome) throw outcome
    },
    { everyMs: 0, onFailure: (error) => told.push(error) },
  )
  task.start()
  await until(() => runs === outcomes.length + 1)
  await task.stop()
  assert.deepEqual(told, ['away', 'away again'])
})

test('the time to the next run may depend on the last one, and is spread', async () => {
  const asked: number[] = []
  let runs = 0
  await using task = new PeriodicTask(async () => void runs++, {
    everyMs: () => {
      asked.push(runs)
      return runs < 3 ? NEVER_MS : 1
    },
    jitter: [0, 0],
  })
  task.start()
  await until(() => runs >= 3)
  assert.deepEqual(asked.slice(0, 3), [1, 2, 3])
})
