import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Spool } from '../src/index.ts'
import type { Reader } from '../src/reader.ts'
import { bodies, emptyFolder, openSpool, readAll, record, someBodies } from './support/open-spool.ts'
import { Random } from './support/random.ts'
import { SimulatedDisk } from './support/simulated-disk.ts'

/** A folder on a disk of 1 MB. */
async function smallDisk(): Promise<{ folder: string } & AsyncDisposable> {
  const temporary = await emptyFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'livepods-spool', temporary.folder])
  return {
    folder: temporary.folder,
    [Symbol.asyncDispose]: async () => {
      execFileSync('umount', [temporary.folder])
      await temporary[Symbol.asyncDispose]()
    },
  }
}

const mayMount = process.platform === 'linux' && process.getuid?.() === 0

/** Appends until the spool refuses; the bodies that it has taken. */
async function fill(spool: Spool, code: string, prefix: string): Promise<string[]> {
  const taken: string[] = []
  for (;;) {
    const body = `${prefix} ${taken.length} ${'x'.repeat(5000)}`
    try {
      await spool.append(record(body))
    } catch (error) {
      assert.equal((error as { code: string }).code, code)
      return taken
    }
    taken.push(body)
  }
}

async function drain(spool: Spool, reader: Reader): Promise<string[]> {
  const read = await readAll(spool, reader)
  await reader.acknowledge(reader.position - 1)
  return bodies(read)
}

test('a full spool refuses, loses nothing, and takes records again once it was read', async () => {
  await using temporary = await emptyFolder()
  await using spool = await openSpool(temporary.folder, { maxBytes: 200_000, segmentBytes: 50_000 })
  const reader = await spool.reader('sinks')
  for (const prefix of ['first', 'second', 'third']) {
    const taken = await fill(spool, 'SPOOL_FULL', prefix)
    assert.ok(taken.length > 20, `${taken.length} records`)
    assert.ok(spool.status.bytes <= 200_000)
    assert.deepEqual(await drain(spool, reader), taken)
  }
})

for (const segmentBytes of [100_000, 10_000_000])
  test(`a full disk drains by itself, with segments of ${segmentBytes} bytes`, { skip: !mayMount }, async () => {
    await using disk = await smallDisk()
    await using spool = await openSpool(disk.folder, { maxBytes: 100_000_000, segmentBytes })
    const reader = await spool.reader('sinks')
    for (const prefix of ['first', 'second', 'third']) {
      const taken = await fill(spool, 'DISK_FULL', prefix)
      assert.ok(taken.length > 100, `${prefix}: ${taken.length} records`)
      assert.equal(spool.status.isDiskFull, true)
      assert.deepEqual(await drain(spool, reader), taken)
    }
    await spool.append(record('small'))
    assert.equal(spool.status.isDiskFull, false)
  })

test('a process starts on a full disk, reads, and makes room', { skip: !mayMount }, async () => {
  await using disk = await smallDisk()
  let taken: string[]
  {
    await using spool = await openSpool(disk.folder, { maxBytes: 100_000_000, segmentBytes: 10_000_000 })
    await spool.reader('sinks')
    taken = await fill(spool, 'DISK_FULL', 'first')
  }
  const { bavail, bsize } = await statfs(disk.folder)
  await writeFile(join(disk.folder, 'filler'), Buffer.alloc(bavail * bsize))
  await using spool = await openSpool(disk.folder, { maxBytes: 100_000_000, segmentBytes: 10_000_000 })
  const reader = await spool.reader('sinks')
  await assert.rejects(spool.append(record('x'.repeat(10_000))), { code: 'DISK_FULL' })
  assert.deepEqual(await drain(spool, reader), taken)
  assert.equal((await spool.append(record('again'))).number, taken.length + 1)
})

test('a group that a full disk cut short leaves nothing', async () => {
  const disk = new SimulatedDisk(new Random(1))
  await using spool = await openSpool('/spool', { files: disk, segmentBytes: 10_000 })
  const reader = await spool.reader('sinks')
  await spool.append(record('before'))
  const { used } = disk
  disk.capacity = used + 100
  await assert.rejects(spool.append(record('x'.repeat(1000))), { code: 'DISK_FULL' })
  assert.equal(disk.used, used)
  await spool.append(record('small'))
  assert.deepEqual(bodies(await readAll(spool, reader)), ['before', 'small'])
})

test('what is kept of acknowledged segments goes before a full disk refuses anything', async () => {
  const disk = new SimulatedDisk(new Random(1))
  await using spool = await openSpool('/spool', { files: disk, keepHours: 1000 })
  const reader = await spool.reader('sinks')
  for (const body of someBodies(50)) await spool.append(record(body))
  await drain(spool, reader)
  assert.equal(spool.oldestNumber, 1)
  disk.capacity = disk.used
  await spool.append(record('x'.repeat(500)))
  assert.ok(spool.oldestNumber > 40)
})
