import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Result } from '@livepods/messages'
import { Database } from '@livepods/sql'
import { freshDatabase } from '@livepods/testing'
import { KIND } from '../src/kind.ts'
import { ReportStore } from '../src/report-store.ts'
import { deleteExpired } from '../src/retention.ts'
import { entries, entry, storeOf, takenBy, tombstone } from './support/entries.ts'

const fresh = await freshDatabase()
after(() => fresh[Symbol.asyncDispose]())
const { database } = fresh
const reports = new ReportStore(database)

const words = (results: Result[]) => results.map(({ result }) => result)
const reportOf = async (stream: string) => {
  const [report] = await reports.streamsNamed([stream])
  assert.ok(report)
  return report
}

test('takes the next numbers of each stream, and says which one it needs where one is missing', async () => {
  const store = await storeOf(database, 'order')
  const results = await store.take([
    entry('o~1', 1),
    entry('o~1', 3),
    entry('o~2', 2),
    entry('o~1', 2),
    entry('o~1', 3),
  ])
  assert.deepEqual(results, [
    { result: 'taken' },
    { result: 'expected', seq: 2 },
    { result: 'expected', seq: 1 },
    { result: 'taken' },
    { result: 'taken' },
  ])
  assert.deepEqual(await takenBy(store), ['o~1 1', 'o~1 2', 'o~1 3'])
  assert.deepEqual((await reportOf('o~1')).gap, null)
  const { gap, missing, first, last } = await reportOf('o~2')
  assert.deepEqual([gap?.from, gap?.to, missing, first, last], [1, 1, 1, null, null])
})

test('drops what it has, at once and later, and refuses a number that comes with another body', async () => {
  const store = await storeOf(database, 'again')
  assert.deepEqual(await store.take([entry('a~1', 1), entry('a~1', 1), entry('a~1', 1, 'another')]), [
    { result: 'taken' },
    { result: 'duplicate' },
    { result: 'refused', status: 422, detail: 'number used twice' },
  ])
  assert.deepEqual(words(await store.take([entry('a~1', 1), entry('a~1', 1, 'another'), entry('a~1', 2)])), [
    'duplicate',
    'refused',
    'taken',
  ])
  const { duplicates, conflicts, last } = await reportOf('a~1')
  assert.deepEqual([duplicates, conflicts, last], [2, 2, 2])
})

test('numbers messages that have none', async () => {
  const store = await storeOf(database, 'own')
  assert.deepEqual(words(await store.take([entry('own~1', undefined, 'x'), entry('own~1', undefined, 'x')])), [
    'taken',
    'taken',
  ])
  const { first, last } = await reportOf('own~1')
  assert.deepEqual([first, last], [1, 2])
})

test('a tombstone lets its stream go on, and its body is taken once when it comes later', async () => {
  const store = await storeOf(database, 'stone')
  const other = await storeOf(database, 'other')
  await store.take([entry('t~1', 1), tombstone('t~1', 2, 'late'), entry('t~1', 3)])
  assert.deepEqual(words(await store.take([tombstone('t~1', 2, 'late'), entry('t~1', 2, 'forged')])), [
    'duplicate',
    'refused',
  ])
  assert.equal((await reportOf('t~1')).absent, 1)
  assert.deepEqual(words(await other.take([entry('t~1', 2, 'late'), entry('t~1', 2, 'late')])), ['taken', 'duplicate'])
  assert.deepEqual(words(await store.take([entry('t~1', 2, 'late'), tombstone('t~1', 2, 'late')])), [
    'duplicate',
    'duplicate',
  ])
  assert.equal((await reportOf('t~1')).absent, 0)
  assert.deepEqual(
    (await other.after(0, 10)).map(({ kind, body }) => [kind, String(body)]),
    [[KIND.late, 'late']],
  )
  assert.deepEqual(await takenBy(store), ['t~1 1', 't~1 3'])
})

test('a tombstone and its body in one batch are one message', async () => {
  const store = await storeOf(database, 'both')
  const batch = [tombstone('b~1', 1, 'x'), entry('b~1', 2), entry('b~1', 1, 'x'), entry('b~1', 1, 'x')]
  assert.deepEqual(words(await store.take(batch)), ['taken', 'taken', 'taken', 'duplicate'])
  assert.deepEqual(await takenBy(store), ['b~1 2', 'x'])
  assert.equal((await reportOf('b~1')).absent, 0)
})

test('numbers of a gap are skipped when it is old enough, and any body fits them later', async () => {
  const store = await storeOf(database, 'skip')
  await store.take([entry('s~1', 1), entry('s~1', 5)])
  const options = { limit: 2, address: '10.0.0.9' }
  assert.equal(await store.skip('s~1', { ...options, seconds: 60 }), undefined)
  assert.equal(await store.skip('s~unknown', { ...options, seconds: 0 }), undefined)
  assert.deepEqual(await store.skip('s~1', { ...options, seconds: 0 }), { from: 2, to: 3 })
  assert.deepEqual(await store.take([entry('s~1', 5)]), [{ result: 'expected', seq: 4 }])
  assert.deepEqual(await store.skip('s~1', { ...options, seconds: 0 }), { from: 4, to: 4 })
  assert.equal(await store.skip('s~1', { ...options, seconds: 0 }), undefined)
  assert.deepEqual(words(await store.take([entry('s~1', 5), entry('s~1', 3, 'any'), entry('s~1', 3, 'other')])), [
    'taken',
    'taken',
    'refused',
  ])
  const { absent, gap, last } = await reportOf('s~1')
  assert.deepEqual([absent, gap, last], [2, null, 5])
})

test('what is older than the retention is deleted once it is logged, and cannot be compared any more', async () => {
  const store = await storeOf(database, 'old')
  await store.take(entries('old~1', 1, 3))
  await database.change(
    "UPDATE messages m JOIN message_streams s ON s.id = m.stream_id SET taken_at = '2020-01-01' WHERE s.name = 'old~1' AND seq < 3",
  )
  assert.equal(await deleteExpired(database, 1), 0)
  await store.report(1)
  assert.equal(await deleteExpired(database, 1), 1)
  await store.report(3)
  assert.equal(await deleteExpired(database, 1), 1)
  assert.deepEqual(await store.take([entry('old~1', 1, 'another'), entry('old~1', 3), entry('old~1', 4)]), [
    { result: 'refused', status: 410, detail: 'too old to compare' },
    { result: 'duplicate' },
    { result: 'taken' },
  ])
  const { first, last, duplicates, uncompared } = await reportOf('old~1')
  assert.deepEqual([first, last, duplicates, uncompared], [3, 4, 1, 1])
})

test('a database from a backup: its streams wait for what was lost, and the log does not pass over new messages', async () => {
  const store = await storeOf(database, 'backup')
  await store.take(entries('bk~1', 1, 10))
  // The state of an earlier moment.
  await database.change("UPDATE message_streams SET high = 4 WHERE name = 'bk~1'")
  await database.change("UPDATE message_sinks SET position = 4 WHERE name = 'backup'")
  await database.change(
    "DELETE m FROM messages m JOIN message_sinks s ON s.id = m.sink_id WHERE s.name = 'backup' AND m.position > 4",
  )
  assert.deepEqual(await store.take([entry('bk~1', 11)]), [{ result: 'expected', seq: 5 }])
  await store.take(entries('bk~1', 5, 6))
  assert.deepEqual(
    (await store.after(10, 10)).map(({ position, body }) => [position, String(body)]),
    [
      [11, 'bk~1 5'],
      [12, 'bk~1 6'],
    ],
  )
})

test('a database that forgot the sink and its streams gets both again', async () => {
  const store = await storeOf(database, 'forgotten', 7)
  await database.change("DELETE FROM message_sinks WHERE name = 'forgotten'")
  assert.deepEqual(words(await store.take([entry('forgotten~1', 1)])), ['taken'])
  assert.deepEqual(
    (await store.after(0, 10)).map(({ position }) => position),
    [8],
  )
})

test('bodies come back byte for byte', async () => {
  const store = await storeOf(database, 'bytes')
  const bodies = ['', "'; DROP TABLE messages; --\\", 'Ω\u0000\n\u{1f4a9}', Buffer.from([0xff, 0x00, 0x27, 0x5c])]
  await store.take(bodies.map((body, index) => entry('bytes~1', index + 1, body)))
  assert.deepEqual(
    (await store.after(0, 10)).map(({ body }) => body),
    bodies.map((body) => Buffer.from(body as string)),
  )
})

test('a batch larger than one statement is one transaction', async () => {
  const store = await storeOf(database, 'large')
  const body = 'x'.repeat(900_000)
  const batch = Array.from({ length: 5 }, (_, index) => entry('large~1', index + 1, `${index}${body}`))
  assert.deepEqual(words(await store.take([...batch, ...entries('large~2', 1, 2500)])), Array(2505).fill('taken'))
  assert.equal((await takenBy(store)).length, 2505)
})

test('two sinks at once take what two relays send in any order: nothing is lost, nothing comes twice, each stream in order', async () => {
  await using first = new Database(fresh.options)
  await using second = new Database(fresh.options)
  const sinks = [await storeOf(first, 'one'), await storeOf(second, 'two')]
  const STREAMS = 30
  const MESSAGES = 120
  /** Of each stream, what no relay knows to be taken yet. */
  const next = new Map(Array.from({ length: STREAMS }, (_, index) => [`two~${index}`, 1]))
  let results = 0
  // Relays send the same messages again and again, in overlapping pieces, over any sink, as after lost answers.
  const relay = async () => {
    for (;;) {
      const left = [...next].filter(([, seq]) => seq <= MESSAGES)
      if (left.length === 0) return
      const batch = left
        .filter(() => Math.random() < 0.5)
        .sort(() => Math.random() - 0.5)
        .flatMap(([stream, seq]) => entries(stream, Math.max(1, seq - 3), Math.min(MESSAGES, seq + 9)))
      if (batch.length === 0) continue
      const sink = sinks[Math.floor(Math.random() * sinks.length)]
      const answers = (await sink?.take(batch)) ?? []
      results += answers.length
      for (const [index, { result }] of answers.entries()) {
        assert.ok(result === 'taken' || result === 'duplicate', result)
        const { stream, seq = 0 } = batch[index] ?? entry('none', 1)
        next.set(stream, Math.max(next.get(stream) ?? 0, seq + 1))
      }
    }
  }
  await Promise.all([relay(), relay(), relay(), relay()])
  const logs = await Promise.all(sinks.map(takenBy))
  const all = logs.flat()
  assert.equal(all.length, STREAMS * MESSAGES)
  assert.equal(new Set(all).size, STREAMS * MESSAGES)
  for (const log of logs) {
    assert.ok(log.length > 0)
    const last = new Map<string, number>()
    for (const line of log) {
      const [stream = '', seq] = line.split(' ')
      assert.ok(Number(seq) > (last.get(stream) ?? 0), line)
      last.set(stream, Number(seq))
    }
  }
  const counted = await reports.streamsNamed([...next.keys()])
  assert.equal(
    counted.reduce((sum, { duplicates }) => sum + duplicates, 0),
    results - STREAMS * MESSAGES,
  )
})

test('100 000 streams are taken in batches and reported page by page', async () => {
  const store = await storeOf(database, 'many')
  const STREAMS = 100_000
  for (let begin = 0; begin < STREAMS; begin += 5000) {
    const batch = Array.from({ length: 5000 }, (_, index) => entry(`many~${begin + index}`, 1, ''))
    assert.ok((await store.take(batch)).every(({ result }) => result === 'taken'))
  }
  let counted = 0
  for (let after = 'many~'; ; ) {
    const page = await reports.streams({ after, limit: 1000 })
    const mine = page.filter(({ name }) => name.startsWith('many~'))
    counted += mine.length
    if (mine.length < 1000) break
    after = mine.at(-1)?.name ?? ''
  }
  assert.equal(counted, STREAMS)
})
