import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { listKnownFiles } from './support/list-known-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'known-files-'))
after(() => rmSync(folder, { recursive: true }))
const put = (name: string) => writeFileSync(join(folder, name), name)
const names = async () => (await listKnownFiles(folder)).map(({ name }) => name)
const stamp = async (name: string) => (await listKnownFiles(folder)).find((file) => file.name === name)?.stamp

for (const path of ['anna', 'anna/2024', '.hidden']) mkdirSync(join(folder, path))
for (const path of [
  'b.jpg',
  'a.PNG',
  'README.md',
  'c.jpg.bak',
  '.d.jpg',
  'anna/e.webp',
  'anna/2024/f.jpeg',
  '.hidden/g.jpg',
])
  put(path)

test('pictures by name are listed in order, with the folders that they are in', async () => {
  assert.deepEqual(await names(), ['a.PNG', 'anna/2024/f.jpeg', 'anna/e.webp', 'b.jpg'])
})

test('a missing folder has no pictures', async () => {
  assert.deepEqual(await listKnownFiles(join(folder, 'nowhere')), [])
})

test('links in a circle end', async () => {
  symlinkSync('.', join(folder, 'circle'))
  assert.ok((await names()).length < 100)
  rmSync(join(folder, 'circle'))
})

test('links to folders are followed inside, and not out of it', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'known-files-'))
  writeFileSync(join(outside, 'stranger.jpg'), '')
  symlinkSync(outside, join(folder, 'outside'))
  symlinkSync('anna', join(folder, 'inside'))
  assert.deepEqual(await names(), [
    'a.PNG',
    'anna/2024/f.jpeg',
    'anna/e.webp',
    'b.jpg',
    'inside/2024/f.jpeg',
    'inside/e.webp',
  ])
  for (const path of [outside, join(folder, 'outside'), join(folder, 'inside')]) rmSync(path, { recursive: true })
})

test('a dangling link is listed, so that it can be reported', async () => {
  symlinkSync('nowhere.jpg', join(folder, 'dangling.jpg'))
  assert.ok((await names()).includes('dangling.jpg'))
  rmSync(join(folder, 'dangling.jpg'))
})

test('the stamp stays while the file does, and changes with its size, its time or its place', async () => {
  const first = await stamp('b.jpg')
  assert.equal(await stamp('b.jpg'), first)
  appendFileSync(join(folder, 'b.jpg'), 'x')
  const longer = await stamp('b.jpg')
  assert.notEqual(longer, first)
  utimesSync(join(folder, 'b.jpg'), 1, 1)
  assert.notEqual(await stamp('b.jpg'), longer)
})
