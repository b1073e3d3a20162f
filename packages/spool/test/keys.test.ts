import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { bodies, emptyFolder, openSpool, readAll, record, someBodies } from './support/open-spool.ts'

const id = (text: string) => Buffer.from(text.padEnd(16))
const keyed = (key: string, body: string, counted = true) => ({
  ...record(body, { counted }),
  key: { id: id(key), digest: id(body.slice(0, 16)) },
})

test('stores a record with a known key once, also across segments and restarts', async () => {
  await using temporary = await emptyFolder()
  const keys = Array.from({ length: 40 }, (_, index) => `key ${index}`)
  for (let start = 0; start < 3; start++) {
    await using spool = await openSpool(temporary.folder)
    const reader = await spool.reader('sinks')
    for (const [index, key] of keys.entries()) {
      const position = await spool.append(keyed(key, `body ${index}`.padEnd(80, '.')))
      assert.deepEqual(position, { number: index + 1, count: index + 1, isRepeated: start > 0 })
    }
    if (start > 0) continue
    // Keys outlive their segments.
    assert.equal((await readAll(spool, reader)).length, 40)
    await reader.acknowledge(40)
  }
})

test('waits for the first of two records with the same key', async () => {
  await using temporary = await emptyFolder()
  await using spool = await openSpool(temporary.folder)
  const positions = await Promise.all([spool.append(keyed('key', 'body')), spool.append(keyed('key', 'body'))])
  assert.deepEqual(positions, [
    { number: 1, count: 1, isRepeated: false },
    { number: 1, count: 1, isRepeated: true },
  ])
})

test('refuses a known key with another digest, in flight and stored', async () => {
  await using temporary = await emptyFolder()
  await using spool = await openSpool(temporary.folder)
  const first = spool.append(keyed('key', 'body'))
  await assert.rejects(spool.append(keyed('key', 'other')), { code: 'KEY_REUSED' })
  await first
  await assert.rejects(spool.append(keyed('key', 'other')), { code: 'KEY_REUSED' })
  assert.deepEqual(bodies(await readAll(spool, await spool.reader('sinks'))), ['body'])
})

test('forgets the key of a record that was not stored', async () => {
  await using temporary = await emptyFolder()
  await using spool = await openSpool(temporary.folder, { maxBytes: 1000 })
  await assert.rejects(spool.append(keyed('key', 'x'.repeat(2000))), { code: 'SPOOL_FULL' })
  assert.equal((await spool.append(keyed('key', 'another'))).isRepeated, false)
})

test('forgets keys after 24 hours, and their files', async () => {
  await using temporary = await emptyFolder()
  let now = 1_800_000_000_000
  const store = (spool: Awaited<ReturnType<typeof openSpool>>, key: string) => spool.append(keyed(key, 'b'.repeat(300)))
  const keyFiles = async () => (await readdir(temporary.folder)).filter((name) => name.endsWith('.keys')).length
  {
    await using spool = await openSpool(temporary.folder, { now: () => now })
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await store(spool, key)
    assert.equal((await store(spool, 'a')).isRepeated, true)
    assert.equal(await keyFiles(), 3)
    now += 23 * 3_600_000
    for (const key of ['g', 'h', 'i']) await store(spool, key)
    now += 2 * 3_600_000
    for (const key of ['j', 'k', 'l']) await store(spool, key)
    assert.equal((await store(spool, 'g')).isRepeated, true)
    assert.equal((await store(spool, 'a')).isRepeated, false)
  }
  await using spool = await openSpool(temporary.folder, { now: () => now })
  assert.equal((await store(spool, 'g')).isRepeated, true)
  assert.equal((await store(spool, 'b')).isRepeated, false)
})

test('keeps the last 100 000 keys', async () => {
  await using temporary = await emptyFolder()
  const keys = Array.from({ length: 100_500 }, (_, index) => `key ${index}`)
  const options = { segmentBytes: 2_000_000, maxBytes: 100_000_000 }
  {
    await using spool = await openSpool(temporary.folder, options)
    for (let at = 0; at < keys.length; at += 10_000)
      await Promise.all(keys.slice(at, at + 10_000).map((key) => spool.append(keyed(key, key))))
    await spool.append(record(someBodies(1)[0] as string))
  }
  await using spool = await openSpool(temporary.folder, options)
  assert.equal(spool.status.keys, 100_000)
  assert.equal((await spool.append(keyed('key 100000', 'key 100000'))).isRepeated, true)
  assert.equal((await spool.append(keyed('key 500', 'key 500'))).isRepeated, true)
  assert.equal((await spool.append(keyed('key 499', 'key 499'))).isRepeated, false)
})
