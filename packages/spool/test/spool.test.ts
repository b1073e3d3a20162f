import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { diskFiles, type Files } from '../src/files.ts'
import { SpoolError } from '../src/index.ts'
import { appendAll, bodies, emptyFolder, openSpool, readAll, record, someBodies } from './support/open-spool.ts'

test('gives records in order, with header, number, time and epoch', async () => {
  await using temporary = await emptyFolder()
  await using spool = await openSpool(temporary.folder, { now: () => 1_800_000_000_123 })
  await Promise.all([spool.append(record('one', { header: 'h1' })), spool.append(record('', { header: '' }))])
  const reader = await spool.reader('sinks')
  const [one, two] = await reader.read()
  assert.deepEqual(one, {
    number: 1,
    count: 0,
    epoch: spool.epoch,
    time: 1_800_000_000_123,
    header: Buffer.from('h1'),
    body: Buffer.from('one'),
  })
  assert.deepEqual([two?.number, two?.header.length, two?.body.length], [2, 0, 0])
})

test('counts the records that ask for it without gaps, across segments and restarts', async () => {
  await using temporary = await emptyFolder()
  const counts: number[] = []
  let epoch: string | undefined
  for (let start = 0; start < 3; start++) {
    await using spool = await openSpool(temporary.folder)
    epoch ??= spool.epoch
    assert.equal(spool.epoch, epoch)
    for (const [index, body] of someBodies(20).entries()) {
      const { count } = await spool.append(record(body, { counted: index % 3 === 0 }))
      if (count > 0) counts.push(count)
    }
  }
  assert.deepEqual(
    counts,
    Array.from({ length: 21 }, (_, index) => index + 1),
  )
  await using spool = await openSpool(temporary.folder)
  const read = await readAll(spool, await spool.reader('sinks'))
  assert.deepEqual(
    read.map(({ count }) => count).filter((count) => count > 0),
    counts,
  )
})

test('what arrives during a commit is the next group', async () => {
  await using temporary = await emptyFolder()
  let syncs = 0
  const files = counting(() => syncs++)
  await using spool = await openSpool(temporary.folder, { files, segmentBytes: 1_000_000 })
  syncs = 0
  const first = spool.append(record('first'))
  const second = first.then(() => undefined)
  await Promise.all([first, ...someBodies(100).map((body) => spool.append(record(body)))])
  await second
  assert.equal(syncs, 1, 'all of one turn of the event loop are one group')
})

test('goes on at its cursor after a restart, each reader at its own', async () => {
  await using temporary = await emptyFolder()
  const sent = someBodies(50)
  {
    await using spool = await openSpool(temporary.folder)
    const [one, two] = [await spool.reader('one'), await spool.reader('two')]
    await appendAll(spool, sent)
    await readAll(spool, one)
    await one.acknowledge(17)
    await two.read({ records: 5 })
  }
  await using spool = await openSpool(temporary.folder)
  assert.deepEqual(bodies(await readAll(spool, await spool.reader('one'))), sent.slice(17))
  assert.deepEqual(bodies(await readAll(spool, await spool.reader('two'))), sent)
})

test('waits for records, and gives none when it is aborted or closed', async () => {
  await using temporary = await emptyFolder()
  const spool = await openSpool(temporary.folder)
  const reader = await spool.reader('sinks')
  const waiting = reader.read()
  await spool.append(record('late'))
  assert.deepEqual(bodies(await waiting), ['late'])
  const aborting = new AbortController()
  const aborted = reader.read({ signal: aborting.signal })
  aborting.abort()
  assert.deepEqual(await aborted, [])
  const closed = reader.read()
  await spool[Symbol.asyncDispose]()
  assert.deepEqual(await closed, [])
})

test('gives at most as many records and bytes as asked, but always one', async () => {
  await using temporary = await emptyFolder()
  await using spool = await openSpool(temporary.folder, { segmentBytes: 100_000 })
  await Promise.all(someBodies(20).map((body) => spool.append(record(body))))
  const reader = await spool.reader('sinks')
  assert.equal((await reader.read({ records: 3 })).length, 3)
  assert.equal((await reader.read({ bytes: 150 })).length, 2)
  assert.equal((await reader.read({ bytes: 1 })).length, 1)
  assert.equal(reader.position, 7)
})

test('deletes segments when every reader has acknowledged them, never the last one', async () => {
  await using temporary = await emptyFolder()
  await using spool = await openSpool(temporary.folder)
  const readers = [await spool.reader('one'), await spool.reader('two')]
  await appendAll(spool, someBodies(50))
  const segments = async () => (await readdir(temporary.folder)).filter((name) => name.endsWith('.log')).length
  const before = await segments()
  for (const reader of readers) {
    assert.equal(await segments(), before)
    await readAll(spool, reader)
    await reader.acknowledge(50)
  }
  await appendAll(spool, someBodies(20, 'more'))
  assert.equal(spool.oldestNumber > 40, true)
  const rest = bodies(await readAll(spool, readers[0] as (typeof readers)[0]))
  assert.deepEqual(rest, someBodies(20, 'more'))
})

test('keeps acknowledged segments for a while, to be read again', async () => {
  await using temporary = await emptyFolder()
  let now = 1_800_000_000_000
  await using spool = await openSpool(temporary.folder, { keepHours: 2, now: () => now })
  const reader = await spool.reader('sinks')
  const sent = someBodies(50)
  await appendAll(spool, sent)
  await readAll(spool, reader)
  await reader.acknowledge(50)
  await reader.seek(1)
  assert.deepEqual(bodies(await readAll(spool, reader)), sent)
  now += 3 * 3_600_000
  await appendAll(spool, someBodies(20, 'more'))
  assert.ok(spool.oldestNumber > 30)
})

test('what is kept makes room for new records', async () => {
  await using temporary = await emptyFolder()
  await using spool = await openSpool(temporary.folder, { keepHours: 1000, maxBytes: 5000 })
  const reader = await spool.reader('sinks')
  for (const body of someBodies(200)) {
    const { number } = await spool.append(record(body))
    await reader.read()
    await reader.acknowledge(number)
  }
  assert.ok(spool.status.bytes <= 5000, `${spool.status.bytes} bytes`)
})

test('a clock that jumps changes no order and loses nothing', async () => {
  await using temporary = await emptyFolder()
  const times = [5, 1, 9, 0, 3].map((days) => 1_800_000_000_000 + days * 86_400_000)
  const sent = someBodies(50)
  {
    let appended = 0
    await using spool = await openSpool(temporary.folder, { keepHours: 1, now: () => times[appended % 5] as number })
    await spool.reader('sinks')
    for (const body of sent) {
      await spool.append(record(body))
      appended++
    }
  }
  await using spool = await openSpool(temporary.folder, { keepHours: 1, now: () => 0 })
  assert.deepEqual(bodies(await readAll(spool, await spool.reader('sinks'))), sent)
})

test('tells how much waits, and since when', async () => {
  await using temporary = await emptyFolder()
  let now = 0
  await using spool = await openSpool(temporary.folder, { now: () => now })
  const reader = await spool.reader('sinks')
  assert.deepEqual(reader.waiting, { records: 0, bytes: 0, since: undefined })
  for (const body of someBodies(20)) {
    now++
    await spool.append(record(body))
  }
  await readAll(spool, reader)
  const { records, bytes, since } = reader.waiting
  assert.deepEqual([records, bytes > 20 * 60, since], [20, true, 1])
  await reader.acknowledge(15)
  assert.deepEqual([reader.waiting.records, reader.waiting.since], [5, 16])
})

test('refuses to acknowledge what was not read, and records that are too large', async () => {
  await using temporary = await emptyFolder()
  await using spool = await openSpool(temporary.folder)
  await spool.append(record('one'))
  const reader = await spool.reader('sinks')
  await assert.rejects(reader.acknowledge(1), RangeError)
  await assert.rejects(spool.append({ header: Buffer.alloc(65_536), body: Buffer.alloc(0) }), RangeError)
  await assert.rejects(spool.append({ header: Buffer.alloc(0), body: Buffer.alloc(17 * 1024 * 1024) }), RangeError)
})

test('a record larger than a segment has one of its own', async () => {
  await using temporary = await emptyFolder()
  const large = 'x'.repeat(3_000_000)
  await using spool = await openSpool(temporary.folder)
  await appendAll(spool, ['small', large, 'small again'])
  assert.deepEqual(bodies(await readAll(spool, await spool.reader('sinks'))), ['small', large, 'small again'])
  assert.equal(spool.status.segments, 3)
})

test('stores what was appended before it is closed, and refuses what comes later', async () => {
  await using temporary = await emptyFolder()
  const spool = await openSpool(temporary.folder)
  const before = spool.append(record('before'))
  const closing = spool[Symbol.asyncDispose]()
  await assert.rejects(spool.append(record('after')), { code: 'CLOSED' })
  assert.equal((await before).number, 1)
  await closing
})

for (const failing of ['.log', '.cursor'])
  test(`ends the process when fdatasync of a ${failing} file fails, and writes nothing after it`, async () => {
    await using temporary = await emptyFolder()
    let isFailing = false
    const fatal: unknown[] = []
    const files = counting((path) => {
      if (isFailing && path.endsWith(failing)) throw Object.assign(new Error('i/o error'), { code: 'EIO' })
    })
    await using spool = await openSpool(temporary.folder, { files, onFatal: (error) => fatal.push(error) })
    const reader = await spool.reader('sinks')
    await spool.append(record('one'))
    await reader.read()
    isFailing = true
    await assert.rejects(failing === '.log' ? spool.append(record('two')) : reader.acknowledge(1), { code: 'CLOSED' })
    isFailing = false
    await assert.rejects(spool.append(record('three')), SpoolError)
    assert.deepEqual(
      fatal.map((error) => (error as Error).message),
      ['i/o error'],
    )
  })

/** The files of the disk; `onSync` is called before each fdatasync, with the path. */
function counting(onSync: (path: string) => void): Files {
  return {
    ...diskFiles,
    open: async (path, options) => {
      const file = await diskFiles.open(path, options)
      const sync = async () => {
        onSync(path)
        await file.sync()
      }
      return { ...file, sync }
    },
  }
}
