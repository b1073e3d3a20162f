import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore } from '@livepods/images'
import type { SpawnedService } from '@livepods/testing'
import { S3_TEST_SERVER, S3Server } from '@livepods/testing'
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

test('of two jobs at once each photo is counted by one of them and retried once', async () => {
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
  for (const help of ['--help', '-h']) {
    const job = await part.retry(help)
    assert.equal(await job.exited, 0)
    await job.said(/--dry-run/)
    await job.said(/MAX_ROUNDS/)
  }
})

test('an option that it does not have is refused with 64 and the usage, and nothing is changed', async () => {
  await using part = await running()
  const id = await part.add('x.jpg')
  await part.database.change(exhaust)
  for (const args of [['--dryrun'], ['now']]) {
    const job = await part.retry(...args)
    assert.equal(await job.exited, 64)
    await job.said(/--dry-run {3}only says/)
  }
  assert.equal((await part.row(id)).status, 2)
})

const unreadable = "UPDATE images SET status = 2, outcome = 'UNREADABLE', due_at = NULL, wake_at = NULL"

async function folderOf(files: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'livepods-retry-'))
  for (const file of files) await writeFile(join(folder, file), 'not yet')
  const environment = { UNKNOWN_PEOPLE: folder, KNOWN_PEOPLE: folder }
  return { folder, environment, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

test('a photo that could not be read is due again when its file is another one, at most three times; one without a stamp when there is a file', async () => {
  await using part = await running()
  const names = ['same', 'mended', 'unknown', 'gone', 'often']
  await using files = await folderOf(names.filter((name) => name !== 'gone').map((name) => `${name}.jpg`))
  await using store = await openStore(files.environment)
  const ids = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await part.add(`${name}.jpg`)] as const)),
  )
  // Uploads cannot change.
  const upload = await part.add(`uploads/${'0'.repeat(64)}.jpg`)
  await part.database.change(unreadable)
  for (const name of ['same', 'mended', 'often'])
    await part.set(ids[name] ?? '', 'stamp = ?', [await store.stamp(`${name}.jpg`)])
  await part.set(ids.often ?? '', 'rounds = 3')
  for (const name of ['mended', 'often']) await writeFile(join(files.folder, `${name}.jpg`), 'a picture')
  const dry = await part.retryWith(files.environment, '--dry-run')
  assert.equal(await dry.exited, 0)
  await dry.said(/^2 photos would be due again \(0 exhausted, 0 missing, 2 unreadable whose file is another one now\)/m)
  assert.equal((await part.row(ids.mended ?? '')).rounds, 0)
  const jobs = await Promise.all([part.retryWith(files.environment), part.retryWith(files.environment)])
  assert.deepEqual(await Promise.all(jobs.map(({ exited }) => exited)), [0, 0])
  const counts = await Promise.all(jobs.map(async (job) => Number((await logged(job)).images)))
  assert.equal((counts[0] ?? 0) + (counts[1] ?? 0), 2)
  const rows = await Promise.all(names.map((name) => part.row(ids[name] ?? '')))
  assert.deepEqual(
    rows.map(({ status, outcome, rounds }) => [status, outcome, rounds]),
    [
      [2, 'UNREADABLE', 0],
      [0, null, 1],
      [0, null, 1],
      [2, 'UNREADABLE', 0],
      [2, 'UNREADABLE', 3],
    ],
  )
  assert.equal((await part.row(upload)).status, 2)
})

test('more photos than a page has are compared page by page', async () => {
  await using part = await running()
  await using files = await folderOf(['1.jpg', '700.jpg', '1200.jpg'])
  const paths = Array.from({ length: 1203 }, (_, i) => [`${i}.jpg`])
  await part.database.change('INSERT INTO images (path) VALUES ?', [paths])
  await part.database.change(unreadable)
  await part.database.change('UPDATE images SET generation = id % 3')
  const job = await part.retryWith(files.environment)
  assert.equal(await job.exited, 0)
  await job.said(/^3 photos due again/m)
})

test('a store that is away is said, after the photos that need no look at it', async () => {
  await using part = await running()
  const id = await part.add('exhausted.jpg')
  await part.database.change(exhaust)
  const paths = Array.from({ length: 40 }, (_, i) => [`${i}.jpg`])
  await part.database.change('INSERT INTO images (path) VALUES ?', [paths])
  await part.database.change(`${unreadable} WHERE outcome IS NULL`)
  const job = await part.retryWith({
    IMAGE_STORE: 's3://photos/x',
    S3_ENDPOINT: 'http://127.0.0.1:1',
    S3_ACCESS_KEY_ID: 'a',
    S3_SECRET_ACCESS_KEY: 'b',
  })
  assert.equal(await job.exited, 1)
  await job.said(/^1 photo due again \(1 exhausted, 0 missing\)\.$/m)
  await job.said(/"job failed"/)
  assert.equal((await part.row(id)).status, 0)
})

test('objects in S3 are compared like files', {
  skip: !S3_TEST_SERVER && 'S3_TEST_SERVER names no versitygw',
}, async () => {
  await using part = await running()
  await using files = await folderOf([])
  await using server = await S3Server.start(S3_TEST_SERVER ?? '')
  const environment = { ...files.environment, ...server.environment('retry') }
  await using store = await openStore(environment)
  const bytes = join(files.folder, 'bytes')
  await writeFile(bytes, 'mended')
  // An upload under another name than an upload has.
  const upload = `uploads/${createHash('sha256').update('mended').digest('hex')}.jpg`
  await store.putIfAbsent(upload, bytes)
  const [same, changed] = [await part.add(`./${upload}`), await part.add(`/unknown_people/${upload}`)]
  await part.database.change(unreadable)
  await part.set(same, 'stamp = ?', [await store.stamp(upload)])
  await part.set(changed, "stamp = 'another'")
  const job = await part.retryWith(environment)
  assert.equal(await job.exited, 0)
  assert.deepEqual([(await part.row(same)).status, (await part.row(changed)).status], [2, 0])
})
