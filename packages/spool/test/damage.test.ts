import assert from 'node:assert/strict'
import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import type { Damage } from '../src/index.ts'
import { appendAll, bodies, emptyFolder, openSpool, readAll, record, someBodies } from './support/open-spool.ts'

const segmentsIn = async (folder: string) => (await readdir(folder)).filter((name) => name.endsWith('.log')).sort()

/** One record in each group, none acknowledged. */
async function write(folder: string, sent: readonly string[], segmentBytes: number): Promise<void> {
  await using spool = await openSpool(folder, { segmentBytes })
  await spool.reader('sinks')
  await appendAll(spool, sent)
}

async function readDamaged(folder: string, segmentBytes = 1_000_000) {
  const damages: Damage[] = []
  await using spool = await openSpool(folder, { damages, segmentBytes })
  const read = await readAll(spool, await spool.reader('sinks'))
  await spool.append(record('afterwards'))
  const afterwards = await readAll(spool, await spool.reader('sinks'))
  assert.deepEqual(bodies(afterwards), ['afterwards'])
  return { read, damages }
}

test('a flipped byte, anywhere, costs the record that it is in, and is told', async () => {
  await using temporary = await emptyFolder()
  const original = join(temporary.folder, 'original')
  const sent = ['one', 'two', 'three', 'four']
  await write(original, sent, 1_000_000)
  const [name] = (await segmentsIn(original)) as [string]
  const content = await readFile(join(original, name))
  const folder = join(temporary.folder, 'damaged')
  await cp(original, folder, { recursive: true })
  const lostAt: number[] = []
  for (let at = 0; at < content.length; at++) {
    await rm(folder, { recursive: true })
    await cp(original, folder, { recursive: true })
    const damaged = Buffer.from(content)
    damaged.writeUInt8((damaged[at] as number) ^ (1 << (at % 8)), at)
    await writeFile(join(folder, name), damaged)
    const { read, damages } = await readDamaged(folder)
    const lost = sent.filter((body) => !bodies(read).includes(body))
    assert.ok(lost.length <= 1, `byte ${at}: ${lost}`)
    const number = sent.indexOf(lost[0] ?? '') + 1
    lostAt.push(number)
    // The end of the last segment cannot be told from a write that a crash interrupted.
    if (number > 0 && number < sent.length)
      assert.deepEqual(
        damages.slice(0, 1).map(({ file, firstLost, lastLost }) => ({ file, firstLost, lastLost })),
        [{ file: name, firstLost: number, lastLost: number }],
        `byte ${at}`,
      )
    assert.deepEqual(
      bodies(read),
      sent.filter((body) => body !== lost[0]),
    )
  }
  assert.deepEqual([...new Set(lostAt)], [0, 1, 2, 3, 4])
  assert.deepEqual(lostAt.filter((number) => number === 0).length, 64, 'the head can be made again')
})

test('a flipped byte in a segment that is not the last one costs one record, also at its end', async () => {
  await using temporary = await emptyFolder()
  const sent = someBodies(30)
  await write(temporary.folder, sent, 1000)
  const [first] = (await segmentsIn(temporary.folder)) as [string]
  const path = join(temporary.folder, first)
  const content = await readFile(path)
  content.writeUInt8((content.at(-1) as number) ^ 1, content.length - 1)
  await writeFile(path, content)
  const { read, damages } = await readDamaged(temporary.folder, 1000)
  assert.equal(read.length, 29)
  const [damage] = damages
  assert.deepEqual(damages.length, 1)
  assert.equal(damage?.firstLost, damage?.lastLost)
  assert.deepEqual(
    bodies(read),
    sent.filter((_, index) => index + 1 !== damage?.firstLost),
  )
})

test('goes on with the next segment when one is missing, and tells which records are lost', async () => {
  await using temporary = await emptyFolder()
  const sent = someBodies(50)
  await write(temporary.folder, sent, 1000)
  const segments = await segmentsIn(temporary.folder)
  const [, second, third] = segments as [string, string, string]
  await rm(join(temporary.folder, second))
  const { read, damages } = await readDamaged(temporary.folder, 1000)
  const [from, to] = [Number.parseInt(second, 10), Number.parseInt(third, 10)]
  assert.deepEqual(
    damages.map(({ firstLost, lastLost }) => [firstLost, lastLost]),
    [[from, to - 1]],
  )
  assert.deepEqual(bodies(read), [...sent.slice(0, from - 1), ...sent.slice(to - 1)])
})

test('goes on when a segment is removed while it waits to be read', async () => {
  await using temporary = await emptyFolder()
  const damages: Damage[] = []
  await using spool = await openSpool(temporary.folder, { damages })
  const reader = await spool.reader('sinks')
  const sent = someBodies(50)
  await appendAll(spool, sent)
  const [, second, third] = (await segmentsIn(temporary.folder)) as [string, string, string]
  await rm(join(temporary.folder, second))
  const lost = Number.parseInt(third, 10) - Number.parseInt(second, 10)
  assert.equal((await readAll(spool, reader)).length, 50 - lost)
  assert.equal(damages.length, 1)
})

test('never gives a number or count of an epoch twice when the end of the log is gone', async () => {
  await using temporary = await emptyFolder()
  let epoch: string
  {
    await using spool = await openSpool(temporary.folder)
    epoch = spool.epoch
    const reader = await spool.reader('sinks')
    for (const body of someBodies(50)) await spool.append(record(body, { counted: true }))
    await readAll(spool, reader)
    await reader.acknowledge(40)
  }
  const segments = await segmentsIn(temporary.folder)
  for (const name of segments) await rm(join(temporary.folder, name))
  const damages: Damage[] = []
  await using spool = await openSpool(temporary.folder, { damages })
  assert.notEqual(spool.epoch, epoch)
  assert.deepEqual(await spool.append(record('new', { counted: true })), { number: 41, count: 1, isRepeated: false })
  assert.deepEqual(bodies(await readAll(spool, await spool.reader('sinks'))), ['new'])
})

test('sets a segment aside that says nothing, and goes on behind it with a new epoch', async () => {
  await using temporary = await emptyFolder()
  const sent = someBodies(30)
  await write(temporary.folder, sent, 1000)
  const last = (await segmentsIn(temporary.folder)).at(-1) as string
  await writeFile(join(temporary.folder, last), Buffer.alloc(500, 'x'))
  const { read, damages } = await readDamaged(temporary.folder, 1000)
  const first = Number.parseInt(last, 10)
  assert.deepEqual(bodies(read), sent.slice(0, first - 1))
  assert.equal(damages[0]?.firstLost, first)
  assert.ok((await readdir(temporary.folder)).includes(`${last}.bad`))
})

test('refuses a segment of another format, and leaves it as it is', async () => {
  await using temporary = await emptyFolder()
  await write(temporary.folder, ['one'], 1_000_000)
  const [name] = (await segmentsIn(temporary.folder)) as [string]
  const path = join(temporary.folder, name)
  const content = await readFile(path)
  content.write('LPSPOOL2')
  content.writeUInt32LE(crc32(content.subarray(0, 60)), 60)
  await writeFile(path, content)
  await assert.rejects(openSpool(temporary.folder), /has the format LPSPOOL2/)
  assert.deepEqual(await readFile(path), content)
})

test('what a crash left of a write at the end is cut off without a word', async () => {
  await using temporary = await emptyFolder()
  await write(temporary.folder, ['one', 'two'], 1_000_000)
  const [name] = (await segmentsIn(temporary.folder)) as [string]
  const path = join(temporary.folder, name)
  await truncate(path, (await readFile(path)).length - 1)
  const { read, damages } = await readDamaged(temporary.folder)
  assert.deepEqual([bodies(read), damages], [['one'], []])
})

test('a cursor with one torn slot goes back to the other; without any, to the oldest record', async () => {
  await using temporary = await emptyFolder()
  {
    await using spool = await openSpool(temporary.folder, { segmentBytes: 1_000_000 })
    const reader = await spool.reader('sinks')
    await appendAll(spool, someBodies(10))
    await reader.read()
    await reader.acknowledge(4)
    await reader.acknowledge(7)
  }
  const path = join(temporary.folder, 'sinks.cursor')
  const content = await readFile(path)
  const tear = async (slot: number) => {
    content.writeUInt8((content[slot + 20] as number) ^ 1, slot + 20)
    await writeFile(path, content)
  }
  const start = async (damages: Damage[]) => {
    await using spool = await openSpool(temporary.folder, { damages })
    return (await spool.reader('sinks')).acknowledged
  }
  // The third write went to the second slot: generations 1, 2, 3.
  await tear(2048)
  const damages: Damage[] = []
  assert.equal(await start(damages), 5)
  assert.deepEqual(damages, [])
  await tear(0)
  assert.equal(await start(damages), 1)
  assert.deepEqual(
    damages.map(({ file }) => file),
    ['sinks.cursor'],
  )
})

test('a group in a body is never taken for one', async () => {
  await using temporary = await emptyFolder()
  {
    await using spool = await openSpool(temporary.folder, { segmentBytes: 1_000_000 })
    await appendAll(spool, ['inner'])
  }
  const [name] = (await segmentsIn(temporary.folder)) as [string]
  const inner = (await readFile(join(temporary.folder, name))).subarray(64)
  const folder = join(temporary.folder, 'outer')
  await mkdir(folder)
  {
    await using spool = await openSpool(folder, { segmentBytes: 1_000_000 })
    await spool.reader('sinks')
    await spool.append({ header: Buffer.alloc(0), body: inner })
    await spool.append(record('after'))
  }
  const path = join(folder, name)
  const content = await readFile(path)
  content.writeUInt8((content[64] as number) ^ 1, 64)
  await writeFile(path, content)
  const { read } = await readDamaged(folder)
  assert.deepEqual(bodies(read), ['after'])
})
