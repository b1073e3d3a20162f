import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ImageMissingError, ImageRoots, ImageUnreadableError, openImage, PathRefusedError } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'images-'))
after(() => rmSync(folder, { recursive: true }))
const unknown = join(folder, 'unknown')
const outside = join(folder, 'unknown-outside')
for (const path of [unknown, outside, join(unknown, 'sub'), join(folder, 'known')]) mkdirSync(path)
const roots = new ImageRoots({ unknownPeople: unknown, knownPeople: join(folder, 'known') })
const openIt = (path: string, maxBytes = 100) => openImage(roots, path, { maxBytes })

writeFileSync(join(unknown, 'a.jpg'), 'picture')
writeFileSync(join(outside, 'secret.jpg'), 'secret')

test('a file is read by its relative path, by the alias and by the absolute path', async () => {
  for (const path of [
    'a.jpg',
    '/unknown_people/a.jpg',
    join(unknown, 'a.jpg'),
    './sub/.././a.jpg'.replace('sub/../', ''),
  ])
    assert.equal((await openIt(path)).toString(), 'picture')
})

test('a file is read by its name in the other form of Unicode, and by its own where both are there', async () => {
  const [nfc, nfd] = ['Jos\u00e9', 'Jose\u0301']
  mkdirSync(join(unknown, nfd))
  writeFileSync(join(unknown, nfd, `${nfd}.jpg`), 'nfd')
  assert.equal((await openIt(`${nfc}/${nfc}.jpg`)).toString(), 'nfd')
  mkdirSync(join(unknown, nfc))
  writeFileSync(join(unknown, nfc, `${nfc}.jpg`), 'nfc')
  assert.equal((await openIt(`${nfc}/${nfc}.jpg`)).toString(), 'nfc')
  assert.equal((await openIt(`${nfd}/${nfd}.jpg`)).toString(), 'nfd')
})

test('a missing file, a file as a folder and an over-long name are missing', async () => {
  for (const path of ['b.jpg', 'a.jpg/b.jpg', `${'x'.repeat(300)}.jpg`])
    await assert.rejects(
      openIt(path),
      (error: Error) => error instanceof ImageMissingError && error.message.endsWith('.'),
    )
})

test('a missing root makes its pictures missing', async () => {
  const none = new ImageRoots({ unknownPeople: join(folder, 'none'), knownPeople: folder })
  await assert.rejects(openImage(none, 'a.jpg', { maxBytes: 100 }), ImageMissingError)
})

test('a folder is unreadable', async () => {
  await assert.rejects(
    openIt('sub'),
    (error: Error) => error instanceof ImageUnreadableError && /folder/.test(error.message),
  )
})

test('a pipe that nobody writes to is refused at once', async () => {
  execFileSync('mkfifo', [join(unknown, 'pipe.jpg')])
  await assert.rejects(
    openIt('pipe.jpg'),
    (error: Error) => error instanceof ImageUnreadableError && /pipe/.test(error.message),
  )
})

test('a socket is unreadable', async () => {
  const server = createServer().listen(join(unknown, 'socket.jpg'))
  await using _ = server
  await assert.rejects(
    openIt('socket.jpg'),
    (error: Error) => error instanceof ImageUnreadableError && /socket/.test(error.message),
  )
})

test('a file above the limit is unreadable, one at the limit is read', async () => {
  writeFileSync(join(unknown, 'large.jpg'), Buffer.alloc(101))
  writeFileSync(join(unknown, 'just.jpg'), Buffer.alloc(100))
  await assert.rejects(
    openIt('large.jpg'),
    (error: Error) => error instanceof ImageUnreadableError && /101 bytes/.test(error.message),
  )
  assert.equal((await openIt('just.jpg')).length, 100)
})

test('a link that leads out of the root is refused, as the file and as a folder on the way', async () => {
  symlinkSync(join(outside, 'secret.jpg'), join(unknown, 'link.jpg'))
  symlinkSync(outside, join(unknown, 'way'))
  symlinkSync('../unknown-outside/secret.jpg', join(unknown, 'relative.jpg'))
  for (const path of ['link.jpg', 'way/secret.jpg', 'relative.jpg'])
    await assert.rejects(openIt(path), PathRefusedError)
})

test('dangling links are missing, loops unreadable', async () => {
  symlinkSync('nowhere.jpg', join(unknown, 'dangling.jpg'))
  symlinkSync('loop.jpg', join(unknown, 'loop.jpg'))
  await assert.rejects(openIt('dangling.jpg'), ImageMissingError)
  await assert.rejects(openIt('loop.jpg'), ImageUnreadableError)
})

test('the links of a ConfigMap volume work, before and after its swap', async () => {
  const write = (version: string) => {
    mkdirSync(join(unknown, version))
    writeFileSync(join(unknown, version, 'c.jpg'), version)
    symlinkSync(version, join(unknown, '..data_tmp'))
    renameSync(join(unknown, '..data_tmp'), join(unknown, '..data'))
  }
  write('..1')
  symlinkSync('..data/c.jpg', join(unknown, 'c.jpg'))
  assert.equal((await openIt('c.jpg')).toString(), '..1')
  write('..2')
  assert.equal((await openIt('c.jpg')).toString(), '..2')
})

test('a root that is itself a link works', async () => {
  symlinkSync(unknown, join(folder, 'linked-root'))
  const linked = new ImageRoots({ unknownPeople: join(folder, 'linked-root'), knownPeople: folder })
  assert.equal((await openImage(linked, 'a.jpg', { maxBytes: 100 })).toString(), 'picture')
})

test('a folder that is swapped for a link again and again never gives away what lies outside', async () => {
  writeFileSync(join(unknown, 'sub', 'secret.jpg'), 'inside')
  const seen = new Set<string>()
  for (let round = 0; round < 200; round++) {
    const opening = openIt('sub/secret.jpg').then(String, (error: Error) => error.name)
    renameSync(join(unknown, 'sub'), join(unknown, 'kept'))
    symlinkSync(outside, join(unknown, 'sub'))
    await new Promise(setImmediate)
    rmSync(join(unknown, 'sub'))
    renameSync(join(unknown, 'kept'), join(unknown, 'sub'))
    seen.add(await opening)
  }
  assert.ok(!seen.has('secret'), [...seen].join())
})
