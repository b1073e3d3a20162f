import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SpawnedService } from '@livepods/testing'
import { running } from './support/running.ts'

const exhaust = "UPDATE images SET status = 2, outcome = 'EXHAUSTED', attempts = 5, due_at = NULL, wake_at = NULL"

/** The line that the job logged of what it did. */
async function logged(job: SpawnedService): Promise<Record<string, unknown>> {
  const [line] = await job.said(/\{[^\n]*"exhausted":[^\n]*\}/)
  const { images, exhausted, missing, dryRun } = JSON.parse(line) as Record<string, unknown>
  return { images, exhausted, missing, dryRun }
}

test('the job makes exhausted and missing photos due again, says so in a sentence and in one line of the log, and ends with 0', async () => {
  await using part = await running()
  const ids = await Promise.all(['a', 'b', 'c', 'd'].map((name) => part.add(`${name}.jpg`)))
  await part.database.change(exhaust)
  await part.set(ids[1] ?? '', "outcome = 'MISSING'")
  await part.set(ids[2] ?? '', "outcome = 'REFUSED'")
  const job = await part.retry()
  assert.equal(await job.exited, 0)
  await job.said(/^3 photos due again \(2 exhausted, 1 missing\)\.$/m)
  assert.deepEqual(await logged(job), { images: 3, exhausted: 2, missing: 1, dryRun: false })
  const again = await part.retry()
  assert.equal(await again.exited, 0)
  assert.deepEqual(await logged(again), { images: 0, exhausted: 0, missing: 0, dryRun: false })
  assert.deepEqual(
    (await Promise.all(ids.map((id) => part.row(id)))).map(({ status, rounds }) => [status, rounds]),
    [
      [0, 1],
      [0, 1],
      [2, 0],
      [0, 1],
    ],
  )
})

test('--dry-run says how many of which outcome there are, and changes nothing', async () => {
  await using part = await running()
  const id = await part.add('x.jpg')
  await part.database.change(exhaust)
  const before = await part.row(id)
  const job = await part.retry('--dry-run')
  assert.equal(await job.exited, 0)
  await job.said(/^1 photo would be due again \(1 exhausted, 0 missing\); nothing was changed\.$/m)
  assert.deepEqual(await logged(job), { images: 1, exhausted: 1, missing: 0, dryRun: true })
  assert.deepEqual(await part.row(id), before)
})

test('of two jobs at once each photo is counted by one of them and gets one round', async () => {
  await using part = await running()
  const paths = Array.from({ length: 3000 }, (_, i) => [`${i}.jpg`])
  await part.database.change('INSERT INTO images (path) VALUES ?', [paths])
  await part.database.change(exhaust)
  const jobs = await Promise.all([part.retry(), part.retry()])
  assert.deepEqual(await Promise.all(jobs.map(({ exited }) => exited)), [0, 0])
  const counts = await Promise.all(jobs.map(async (job) => Number((await logged(job)).images)))
  assert.equal((counts[0] ?? 0) + (counts[1] ?? 0), 3000)
  const rounds = await part.database.rows<{ rounds: number }>('SELECT DISTINCT rounds FROM images')
  assert.deepEqual(rounds, [{ rounds: 1 }])
})

test('--help tells what it does and its variables, without a database', async () => {
  await using part = await running()
  const job = await part.retry('--help')
  assert.equal(await job.exited, 0)
  await job.said(/--dry-run/)
  await job.said(/MAX_ROUNDS/)
})

test('an option that it does not have is refused with 2 and the usage, and nothing is changed', async () => {
  await using part = await running()
  const id = await part.add('x.jpg')
  await part.database.change(exhaust)
  for (const args of [['--dryrun'], ['now']]) {
    const job = await part.retry(...args)
    assert.equal(await job.exited, 2)
    await job.said(/--dry-run {3}only says/)
  }
  assert.equal((await part.row(id)).status, 2)
})
