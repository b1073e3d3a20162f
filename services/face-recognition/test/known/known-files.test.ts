import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { visitKnownFiles } from '../../src/known/known-files.ts'
import { listKnownFiles } from '../support/list-known-files.ts'

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

test('a folder that is absent, or is none, is not one without pictures', async () => {
  await assert.rejects(listKnownFiles(join(folder, 'nowhere')), { code: 'ENOENT' })
  await assert.rejects(listKnownFiles(join(folder, 'b.jpg')), { code: 'ENOTDIR' })
})

test('a folder that goes away while it is visited is not one without pictures', async () => {
  const [root, away] = [join(folder, 'going'), join(folder, 'gone')]
  mkdirSync(root)
  for (let i = 0; i < 200; i++) writeFileSync(join(root, `${i}.jpg`), '')
  const going = visitKnownFiles(root, () => existsSync(root) && renameSync(root, away))
  await assert.rejects(going, { code: 'ENOENT' })
  mkdirSync(root)
  await assert.rejects(
    visitKnownFiles(away, () => {
      if (existsSync(join(folder, 'old'))) return
      renameSync(away, join(folder, 'old'))
      renameSync(root, away)
    }),
    { code: 'ESTALE' },
  )
  for (const path of [away, join(folder, 'old')]) rmSync(path, { recursive: true })
})

test('a folder that may not be read is told, and the rest is listed', async () => {
  mkdirSync(join(folder, 'locked'))
  put('locked/h.jpg')
  chmodSync(folder, 0o755)
  chmodSync(join(folder, 'locked'), 0)
  const { files, unreadable } = await visitedByNobody(folder)
  assert.deepEqual(unreadable, [{ name: 'locked', code: 'EACCES' }])
  assert.deepEqual(files, ['a.PNG', 'anna/2024/f.jpeg', 'anna/e.webp', 'b.jpg'])
  chmodSync(join(folder, 'locked'), 0o755)
  rmSync(join(folder, 'locked'), { recursive: true })
})

test('each folder is visited once, under its own name, however many links lead to it', async () => {
  const before = await names()
  for (const [link, target] of [
    ['A-self', '.'],
    ['anna/all', '..'],
    ['anna/2024/up', '../..'],
    ['A-anna', 'anna'],
    ['A-again', 'A-anna/2024'],
  ] as const)
    symlinkSync(target, join(folder, link))
  assert.deepEqual(await names(), before)
  for (const link of ['A-self', 'anna/all', 'anna/2024/up', 'A-anna', 'A-again']) rmSync(join(folder, link))
})

test('folders of the system are passed over at every depth', async () => {
  const before = await names()
  const system = [
    '@eaDir',
    '@Recycle',
    '#recycle',
    '#snapshot',
    '$RECYCLE.BIN',
    '__MACOSX',
    'lost+found',
    'anna/@eaDir',
  ]
  for (const path of system) {
    mkdirSync(join(folder, path, 'x.jpg'), { recursive: true })
    put(`${path}/y.jpg`)
    put(`${path}/x.jpg/SYNOPHOTO_THUMB_XL.jpg`)
  }
  assert.deepEqual(await names(), before)
  const told = await toldOf(folder)
  assert.deepEqual([...told.keys()].map((path) => path.replace('anna/', '')).sort(), system.slice(0, -1).sort())
  for (const reason of told.values()) assert.match(reason, /folder of the system/)
  for (const path of system) rmSync(join(folder, path), { recursive: true })
})

test('what may be meant as a known image and is passed over is told with the reason', async () => {
  const deep = 'anna/1/2/3/4/5/6/7/8'
  mkdirSync(join(folder, deep), { recursive: true })
  for (const name of ['x.heic', 'x.jfif', 'x.BMP', 'x.jpe', 'anna/x.HEIC', `${deep}/x.jpg`]) put(name)
  const latin1 = Buffer.concat([Buffer.from(`${folder}/Jos`), Buffer.from([0xe9]), Buffer.from('.jpg')])
  writeFileSync(latin1, 'x')
  const told = await toldOf(folder)
  const expected = ['Jos\ufffd.jpg', deep, 'anna/x.HEIC', 'x.BMP', 'x.heic', 'x.jfif', 'x.jpe']
  assert.deepEqual([...told.keys()].sort(), expected)
  for (const reason of told.values()) assert.match(reason, /not read|folders deep|not UTF-8/)
  for (const name of ['x.heic', 'x.jfif', 'x.BMP', 'x.jpe', 'anna/x.HEIC', 'anna/1'])
    rmSync(join(folder, name), { recursive: true })
  rmSync(latin1)
})

test('links to folders that are visited nowhere else are followed inside, and not out of it', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'known-files-'))
  writeFileSync(join(outside, 'stranger.jpg'), '')
  symlinkSync(outside, join(folder, 'outside'))
  // As the volume of a ConfigMap.
  symlinkSync('.hidden', join(folder, 'inside'))
  assert.deepEqual(await names(), ['a.PNG', 'anna/2024/f.jpeg', 'anna/e.webp', 'b.jpg', 'inside/g.jpg'])
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

/** What a visit passes over, and why. */
async function toldOf(root: string): Promise<Map<string, string>> {
  const told = new Map<string, string>()
  await visitKnownFiles(
    root,
    () => {},
    () => {},
    ({ name, reason }) => told.set(name, reason),
  )
  return told
}

/** What a visit sees that has no more rights than others: root may read everything. */
async function visitedByNobody(root: string): Promise<{ files: string[]; unreadable: object[] }> {
  const visit = `
    const { visitKnownFiles } = await import(${JSON.stringify(new URL('../../src/known/known-files.ts', import.meta.url).href)})
    const [files, unreadable] = [[], []]
    if (process.getuid() === 0) process.setuid(65534)
    await visitKnownFiles(${JSON.stringify(root)}, ({ name }) => files.push(name), (part) => unreadable.push(part))
    console.log(JSON.stringify({ files: files.sort(), unreadable }))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', visit])
  return JSON.parse(stdout)
}
