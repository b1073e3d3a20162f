import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Damage } from '../src/index.ts'
import { appendAll, bodies, emptyFolder, openSpool, readAll, record, someBodies } from './support/open-spool.ts'

const MAIN = fileURLToPath(new URL('../src/check-main.ts', import.meta.url))

async function check(...args: string[]): Promise<{ lines: string[]; status: number }> {
  const child = spawn(process.execPath, [MAIN, ...args])
  const printed: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => printed.push(bytes))
  const [status] = (await once(child, 'close')) as [number]
  return { lines: Buffer.concat(printed).toString().trim().split('\n'), status }
}

async function writeSpool(folder: string): Promise<string[]> {
  let now = Date.parse('2026-11-30T10:00:00Z')
  await using spool = await openSpool(folder, { now: () => now })
  const reader = await spool.reader('sinks')
  const sent = someBodies(30)
  for (const body of sent) {
    await spool.append(record(body, { counted: true }))
    now += 60_000
  }
  await reader.read({ records: 2 })
  await reader.acknowledge(2)
  return sent
}

async function flip(path: string, at: number): Promise<void> {
  const content = await readFile(path)
  content.writeUInt8((content.at(at) as number) ^ 1, at < 0 ? content.length + at : at)
  await writeFile(path, content)
}

const segmentsIn = async (folder: string) =>
  (await readdir(folder))
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => join(folder, name))

test('tells what is in a spool, and exits 0 when it is whole', async () => {
  await using temporary = await emptyFolder()
  await writeSpool(temporary.folder)
  const { lines, status } = await check(temporary.folder)
  assert.equal(lines[0], `${temporary.folder}: whole`)
  assert.match(lines[1] as string, /^30 records in \d segments, 0\.0 MB$/)
  assert.equal(lines[2], 'numbers 1 to 30, the oldest of 2026-11-30T10:00:00.000Z')
  assert.equal(lines[3], 'cursor sinks: at 3; 28 records wait, the oldest since 2026-11-30T10:02:00.000Z')
  assert.deepEqual([lines.length, status], [4, 0])
})

test('tells the first bad byte of each damage, and takes them out with --cut', async () => {
  await using temporary = await emptyFolder()
  const { folder } = temporary
  const sent = await writeSpool(folder)
  const segments = await segmentsIn(folder)
  const [first, second, third] = segments as [string, string, string]
  // In the third record of the first segment, the head of the second one, the last record of the third one; one is missing.
  const group = 40 + 8 + (sent[0] as string).length
  await flip(first, 64 + 2 * group + 50)
  await flip(second, 3)
  await flip(third, -1)
  await rm(segments.at(-2) as string)
  const { lines, status } = await check(folder)
  assert.equal(status, 1)
  assert.equal(lines[0], `${folder}: damaged`)
  const damages = lines.slice(4).map((line) => line.replace(/^0+/, ''))
  assert.match(
    damages[0] as string,
    new RegExp(`^1\\.log: first bad byte ${64 + 2 * group}, ${group} bytes cannot be read; records 3 to 3 are lost$`),
  )
  assert.match(damages[1] as string, /first bad byte 0, 64 bytes cannot be read; no records are lost$/)
  assert.match(
    damages[2] as string,
    /\.log: first bad byte \d+, \d+ bytes cannot be read; records \d+ to \d+ are lost$/,
  )

  const mended = await check(folder, '--cut')
  assert.deepEqual([mended.lines[0], mended.status], [`${folder}: whole`, 0])
  const found: Damage[] = []
  await using spool = await openSpool(folder, { damages: found })
  const read = await readAll(spool, await spool.reader('sinks'))
  assert.deepEqual(found, [])
  const lost = new Set(sent.filter((body) => !bodies(read).includes(body)))
  assert.deepEqual(
    bodies(read),
    sent.slice(2).filter((body) => !lost.has(body)),
  )
  assert.equal((await spool.append(record('next', { counted: true }))).count, 31)
})

test('tells what a crash left of a write, which is no damage', async () => {
  await using temporary = await emptyFolder()
  await writeSpool(temporary.folder)
  const last = (await segmentsIn(temporary.folder)).at(-1) as string
  await truncate(last, (await readFile(last)).length - 1)
  const { lines, status } = await check(temporary.folder)
  assert.equal(status, 0)
  assert.match(lines.at(-1) as string, /bytes from \d+ are an interrupted write/)
  assert.equal((await check(temporary.folder, '--cut')).lines.length, 4)
})

test('checks a spool that is in use, but does not cut it', async () => {
  await using temporary = await emptyFolder()
  await using spool = await openSpool(temporary.folder)
  await appendAll(spool, ['one'])
  assert.equal((await check(temporary.folder)).status, 0)
  assert.deepEqual(await check(temporary.folder, '--cut'), {
    lines: [`Another process uses ${temporary.folder}.`],
    status: 1,
  })
})

test('exits 64 for wrong arguments, and 1 for a folder that is not there', async () => {
  for (const args of [[], ['a', 'b'], ['a', '--other']]) assert.equal((await check(...args)).status, 64)
  assert.equal((await check('/nowhere')).status, 1)
})
