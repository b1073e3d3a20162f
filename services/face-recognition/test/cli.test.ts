import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { samples } from './support/samples.ts'

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'cli-'))
const sample = (number: number) => join(samples, `sample${number}.jpg`)

before(async () => {
  for (const path of ['known/woman', 'photos/deep', 'empty']) mkdirSync(join(folder, path), { recursive: true })
  // The woman at x 1225–1415 of 1600 in sample 1; sample 3 shows her again.
  await sharp(sample(1))
    .extract({ left: 1380, top: 250, width: 420, height: 500 })
    .toFile(join(folder, 'known/woman/1.jpg'))
  writeFileSync(join(folder, 'known/broken_1.jpg'), readFileSync(sample(2)).subarray(0, 30_000))
  cpSync(sample(2), join(folder, 'photos/deep/b.jpg'))
  cpSync(sample(3), join(folder, 'photos/a.jpg'))
  writeFileSync(join(folder, 'photos/c.jpg'), 'I am a picture. Really.')
})
after(() => rmSync(folder, { recursive: true }))

interface Ended {
  code: number
  out: string
  error: string
}

function run(arguments_: string[], environment: Record<string, string> = {}): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>()
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const options = { cwd: folder, env: { PATH, NODE_COMPILE_CACHE, ...environment } }
  const child = execFile(process.execPath, [cli, ...arguments_], options, (_, out, error) =>
    resolve({ code: child.exitCode ?? -1, out, error }),
  )
  return promise
}

const lines = (text: string) => text.trimEnd().split('\n')

test('known people that are absent, or another folder than the cache is of, are no people of before', async () => {
  const absent = await run(['photos/a.jpg', '--known', 'nowhere'])
  assert.equal(absent.code, 64)
  assert.match(
    absent.error,
    /^identify: The folder ".*nowhere" of known people cannot be read \(ENOENT\): check --known\./,
  )
  mkdirSync(join(folder, 'others'))
  await sharp(sample(2)).toFile(join(folder, 'others/nobody_1.jpg'))
  for (const known of ['known', 'others']) {
    const { out } = await run(['photos/a.jpg', '--known', known, '--threshold', '0.5', '--cache', 'shared', '--json'])
    assert.equal(out.includes('woman'), known === 'known', out)
  }
})

test('a folder is a table, with a drawing of each photo; a bad photo is a line, and the exit code 1', async () => {
  const { code, out, error } = await run([
    'photos',
    '--known',
    'known',
    '--threshold',
    '0.5',
    '--draw',
    'drawn',
    '--cache',
    'cache',
  ])
  const [head, ...rows] = lines(out)
  assert.match(head ?? '', /^photo +person +distance +known image$/)
  assert.equal(rows.filter((row) => /^a\.jpg +woman +0\.\d{3} {2}woman\/1\.jpg$/.test(row)).length, 1, out)
  assert.ok(
    rows.some((row) => /^deep\/b\.jpg +unknown +0\.\d{3} {2}nearest: woman\/1\.jpg$/.test(row)),
    out,
  )
  assert.match(rows.at(-1) ?? '', /^deep/, 'in the order of the names')
  assert.ok(
    rows.some((row) => /^c\.jpg +! The file is not a JPEG/.test(row)),
    out,
  )
  assert.match(error, /known image "broken_1\.jpg" is left out: The picture is broken/)
  assert.equal(code, 1)
  for (const path of ['drawn/a.jpg', 'drawn/deep/b.jpg', 'cache/gallery.bin'])
    assert.ok(existsSync(join(folder, path)), path)
  assert.equal(existsSync(join(folder, 'drawn/c.jpg')), false)
})

test('with --json each photo is a line, with boxes in pixels', async () => {
  const { code, out } = await run(['photos/a.jpg', '--known', 'known', '--json', '--draw', 'one.png'])
  assert.equal(code, 0)
  const [line = '', ...more] = lines(out)
  assert.deepEqual(more, [])
  const { photo, outcome, width, height, faces } = JSON.parse(line)
  const { width: own, height: high } = await sharp(sample(3)).metadata()
  assert.deepEqual([photo, outcome, width, height], [join(folder, 'photos/a.jpg'), 'identified', own, high])
  const woman = faces.find(({ person }: { person: string }) => person === 'woman')
  assert.ok(Math.abs(woman.box.left - (888 / 1600) * own) < own * 0.03)
  assert.ok(woman.nearest.distance < 0.6 && woman.score > 0.5)
  assert.ok(existsSync(join(folder, 'one.png')))
})

test('help is on the standard output', async () => {
  for (const help of ['--help', '-h']) {
    const { code, out } = await run([help])
    assert.equal(code, 0)
    assert.match(out, /^identify <photo or folder>/)
  }
})

const known = ['--known', 'known']
const faults: [title: string, arguments_: string[], sentence: RegExp][] = [
  ['no such photo', ['none.jpg', ...known], /no photo or folder ".*none\.jpg": check/],
  ['an empty folder', ['empty', ...known], /no photo in ".*empty": they end in/],
  ['no known people', ['photos', '--known', 'empty'], /no known image in ".*empty": .*anna\/1\.jpg/],
  ['a drawing of many photos in one file', ['photos', ...known, '--draw', 'out.jpg'], /3 photos: name a folder/],
  ['a drawing over the photo', ['photos/a.jpg', ...known, '--draw', 'photos/a.jpg'], /write over/],
  ['a drawing without a format', ['photos/a.jpg', ...known, '--draw', 'out'], /must end in/],
]
for (const [title, arguments_, sentence] of faults) {
  test(`${title}: exit code 64 and what to do`, async () => {
    const { code, out, error } = await run(arguments_)
    assert.deepEqual([code, out], [64, ''])
    assert.match(error, sentence)
  })
}

test('a bad variable ends it with 78', async () => {
  const { code, error } = await run(['photos', ...known], { FACE_ENGINE: 'magic' })
  assert.equal(code, 78)
  assert.match(error, /FACE_ENGINE is "magic"/)
})
