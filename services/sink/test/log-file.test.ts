import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { LogFile } from '../src/log-file.ts'
import { log } from './support/entries.ts'
import { type LogFolder, logFolder } from './support/log-folder.ts'

const identity = { uuid: '00000000-0000-0000-0000-000000000000', name: 'sink' }

const open = (folder: LogFolder, limits: { maxBytes?: number; files?: number } = {}) =>
  LogFile.open({ folder: folder.path, identity, maxBytes: 1e6, files: 10, log, ...limits })

/** Writes messages as a follower would that gets one at a time: m1, m2, … */
async function follow(file: LogFile, to: number): Promise<void> {
  for (let position = file.position + 1; position <= to; position++) await file.append(`m${position}\n`, position)
}

const expected = (to: number, from = 1) => Array.from({ length: to - from + 1 }, (_, index) => `m${from + index}`)

/** A log with five messages that was closed. */
async function written(limits = {}): Promise<LogFolder> {
  const folder = await logFolder()
  await using file = await open(folder, limits)
  await follow(file, 5)
  return folder
}

test('goes on where it was', async () => {
  await using folder = await written()
  await using file = await open(folder)
  assert.equal(file.position, 5)
  await follow(file, 7)
  assert.deepEqual(await folder.lines(), expected(7))
})

test('what was written behind the cursor is cut off, also when it is half a line', async () => {
  for (const tail of ['m6\n', 'm6', 'm6\nm7\nm']) {
    await using folder = await written()
    await appendFile(join(folder.path, 'Sink_sink.txt'), tail)
    await using file = await open(folder)
    assert.equal(file.position, 5)
    assert.deepEqual(await folder.lines(), expected(5))
    await follow(file, 6)
    assert.deepEqual(await folder.lines(), expected(6))
  }
})

const losses: [what: string, lose: (folder: string) => Promise<void>][] = [
  ['the file is gone', (folder) => rm(join(folder, 'Sink_sink.txt'))],
  ['the file is shorter than the cursor says', (folder) => truncate(join(folder, 'Sink_sink.txt'), 1)],
  ['the cursor is gone', (folder) => rm(join(folder, 'sink.cursor'))],
  ['the cursor is empty', (folder) => writeFile(join(folder, 'sink.cursor'), '')],
  ['both slots of the cursor are broken', (folder) => writeFile(join(folder, 'sink.cursor'), 'x'.repeat(512))],
]
for (const [what, lose] of losses)
  test(`begins anew when ${what}`, async () => {
    await using folder = await written({ maxBytes: 6, files: 10 })
    assert.equal((await folder.files()).length, 3)
    await lose(folder.path)
    await using file = await open(folder)
    assert.deepEqual([file.position, await folder.lines()], [0, []])
    await follow(file, 5)
    assert.deepEqual(await folder.lines(), expected(5))
  })

test('one broken slot of the cursor loses nothing: the other one is one step older', async () => {
  for (const begin of [0, 256]) {
    await using folder = await written()
    const path = join(folder.path, 'sink.cursor')
    const slots = await readFile(path)
    slots.fill('?', begin, begin + 20)
    await writeFile(path, slots)
    await using file = await open(folder)
    assert.ok(file.position >= 4, `${file.position}`)
    await follow(file, 6)
    assert.deepEqual(await folder.lines(), expected(6))
  }
})

test('a full file is renamed, and the oldest ones are removed', async () => {
  await using folder = await written({ maxBytes: 6, files: 2 })
  assert.deepEqual(await folder.files(), ['Sink_sink.txt.2', 'Sink_sink.txt'])
  assert.deepEqual(await folder.lines(), expected(5, 3))
  await using file = await open(folder, { maxBytes: 6, files: 2 })
  await follow(file, 9)
  assert.deepEqual(await folder.files(), ['Sink_sink.txt.4', 'Sink_sink.txt'])
  assert.deepEqual(await folder.lines(), expected(9, 7))
})

test('a rotation that a crash interrupted is finished by the next start', async () => {
  await using folder = await written()
  const path = join(folder.path, 'Sink_sink.txt')
  await rename(path, `${path}.1`)
  {
    await using file = await open(folder)
    assert.equal(file.position, 5)
    await follow(file, 6)
  }
  await using file = await open(folder)
  await follow(file, 7)
  assert.deepEqual(await folder.files(), ['Sink_sink.txt.1', 'Sink_sink.txt'])
  assert.deepEqual(await folder.lines(), expected(7))
})

test('a file that has no room for all of a text keeps none of it, and goes on when there is room', async () => {
  await using folder = await logFolder()
  // The limit of a process for the size of a file makes a write short, as a disk does that becomes full.
  const program = `
    const { LogFile } = await import(${JSON.stringify(new URL('../src/log-file.ts', import.meta.url).href)})
    const { createLog } = await import('@livepods/service')
    const options = { folder: ${JSON.stringify(folder.path)}, identity: ${JSON.stringify(identity)}, maxBytes: 1e6, files: 2 }
    const file = await LogFile.open({ ...options, log: createLog('test', 'silent') })
    for (;;) {
      const position = file.position + 1
      try {
        await file.append('m' + position + '-'.repeat(300) + '\\n', position)
      } catch (error) {
        console.log(JSON.stringify({ code: error.code, ...file.report }))
        process.exit(0)
      }
    }`
  const script = `ulimit -f 4; exec "${process.execPath}" --input-type=module --eval "$PROGRAM"`
  const cwd = new URL('..', import.meta.url)
  const output = execFileSync('sh', ['-c', script], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PROGRAM: program },
  })
  const { code, position, bytes } = JSON.parse(output) as { code: string; position: number; bytes: number }
  assert.equal(code, 'EFBIG')
  assert.ok(position > 1)
  const text = await readFile(join(folder.path, 'Sink_sink.txt'), 'utf8')
  assert.equal(text.length, bytes)
  assert.ok(text.endsWith('\n'))
  await using file = await open(folder)
  assert.equal(file.position, position)
  await file.append('more\n', position + 1)
  assert.equal((await folder.lines()).length, position + 1)
})
