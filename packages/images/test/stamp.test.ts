import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, mock, test } from 'node:test'
import { eventually } from '@livepods/testing'
import {
  FolderStore,
  ImageMissingError,
  ImageRoots,
  ImageUnreadableError,
  PathRefusedError,
  StoreUnavailableError,
} from '../src/index.ts'
import { ageOf, stampOfFile, stampOfObject } from '../src/stamp.ts'

const folder = mkdtempSync(join(tmpdir(), 'stamps-'))
after(() => rmSync(folder, { recursive: true }))
const store = new FolderStore(new ImageRoots({ unknownPeople: folder, knownPeople: folder }))
const file = (name: string, text = 'picture') => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const read = (path: string, maxBytes = 100) => store.read(path, { maxBytes })

test('a file has the stamp that it is read with, and keeps it until it changes', async () => {
  file('a.jpg')
  const { bytes, stamp, ageMs } = await read('a.jpg')
  assert.equal(bytes.toString(), 'picture')
  assert.match(stamp, /^[!-~]{1,64}$/)
  assert.equal(await store.stamp('a.jpg'), stamp)
  assert.equal(await store.stamp('/unknown_people/a.jpg'), stamp)
  assert.ok(ageMs >= 0 && ageMs < 60_000, `${ageMs}`)
})

const old = new Date('2020-01-01')

/** Resolves when the file system's clock, which may move in steps of 4 ms, is not any more where it was at the last change of the file. */
async function nextTick(path: string): Promise<void> {
  const { ctimeMs } = statSync(path)
  await eventually(() => assert.notEqual(statSync(file('tick')).ctimeMs, ctimeMs))
}

const changes: [title: string, change: (path: string) => void][] = [
  ['is written again with the same length', (path) => writeFileSync(path, 'picturf')],
  ['grows', (path) => appendFileSync(path, '!')],
  ['is replaced by rename', (path) => renameSync(file('new.jpg', 'picturf'), path)],
  [
    'is replaced by a copy that keeps the time and the length, as `cp -p` does',
    (path) => {
      copyFileSync(file('other.jpg', 'picturf'), path)
      utimesSync(path, old, old)
    },
  ],
  [
    'becomes a folder',
    (path) => {
      rmSync(path)
      mkdirSync(path)
    },
  ],
]
for (const [index, [title, change]] of changes.entries())
  test(`the stamp is another one when a file ${title}`, async () => {
    const path = file(`${index}.jpg`)
    utimesSync(path, old, old)
    const before = await store.stamp(`${index}.jpg`)
    await nextTick(path)
    change(path)
    assert.notEqual(await store.stamp(`${index}.jpg`), before)
  })

test('a file whose time was set back is as young as it is', async () => {
  utimesSync(file('young.jpg'), old, old)
  assert.ok((await read('young.jpg')).ageMs < 60_000)
})

test('a file that changes while it is read has no stamp, and is young', async () => {
  const path = file('written.jpg')
  await using handle = await open(path)
  const prototype = Object.getPrototypeOf(handle) as typeof handle
  const { read: readHandle } = prototype
  const reads = mock.method(prototype, 'read', async function (this: typeof handle, ...args: unknown[]) {
    const result = (await Reflect.apply(readHandle, this, args)) as Awaited<ReturnType<typeof readHandle>>
    appendFileSync(path, '!')
    return result
  })
  const { bytes, stamp, ageMs } = await read('written.jpg').finally(() => reads.mock.restore())
  assert.deepEqual([bytes.toString(), stamp, ageMs], ['picture', '', 0])
})

test('what is no picture says what its file was, and what is not there has no stamp', async () => {
  mkdirSync(join(folder, 'folder.jpg'))
  file('large.jpg', 'x'.repeat(101))
  for (const path of ['folder.jpg', 'large.jpg']) {
    const stamp = await store.stamp(path)
    await assert.rejects(read(path), (error) => error instanceof ImageUnreadableError && error.file?.stamp === stamp)
  }
  await assert.rejects(store.stamp('none.jpg'), ImageMissingError)
  await assert.rejects(store.stamp('../a.jpg'), PathRefusedError)
})

test('the stamp of an object is its size and its ETag, however that is written, in at most 64 characters', () => {
  const at = new Date(1000)
  const md5 = 'd41d8cd98f00b204e9800998ecf8427e'
  assert.equal(stampOfObject({ length: 36, etag: `"${md5}"`, at }), `10-${md5}`)
  assert.equal(stampOfObject({ length: 36, etag: `W/"${md5}-12"`, at }), `10-${md5}-12`)
  const long = stampOfObject({ length: 36, etag: `"${'x'.repeat(100)}"`, at })
  assert.match(long, /^[0-9a-f]{64}$/)
  assert.notEqual(stampOfObject({ length: 36, etag: `"${'y'.repeat(100)}"`, at }), long)
  const none = stampOfObject({ length: 36, etag: '', at })
  assert.notEqual(stampOfObject({ length: 36, etag: '', at: new Date(2000) }), none)
  for (const size of [0n, 2n ** 63n - 1n])
    assert.ok(stampOfFile({ size, mtimeNs: 2n ** 63n - 1n, ctimeNs: -(2n ** 63n) }).length <= 64)
})

test('a clock that is ahead makes nothing younger than now', () => {
  assert.equal(ageOf(Date.now() + 3_600_000), 0)
})

// Root may read everything: another user does it in a process of their own.
const asNobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
const LOOK = `
import { FolderStore, ImageRoots } from '${new URL('../src/index.ts', import.meta.url)}'
const store = new FolderStore(new ImageRoots({ unknownPeople: process.argv[1], knownPeople: process.argv[1] }))
for (const look of [() => store.read('secret.jpg', { maxBytes: 100 }), () => store.stamp('secret.jpg')])
  await look().then(() => console.log('read'), (error) => console.log(error.name, error.message))`

test('a file without permission is a fault of the store, and can be read once it has it', () => {
  chmodSync(folder, 0o755)
  chmodSync(file('secret.jpg'), 0)
  const look = () =>
    spawnSync(process.execPath, ['--input-type=module', '-e', LOOK, folder], { encoding: 'utf8', ...asNobody })
  const forbidden = look()
  assert.match(forbidden.stdout, /^(StoreUnavailableError The picture may not be read.*\n){2}$/, forbidden.stderr)
  chmodSync(join(folder, 'secret.jpg'), 0o644)
  assert.equal(look().stdout, 'read\nread\n')
})

for (const code of ['EIO', 'ESTALE', 'EPERM', 'EACCES'])
  test(`${code} says nothing of the picture`, async () => {
    const { namedFault } = await import('../src/open-image.ts')
    assert.ok(namedFault(Object.assign(new Error(code), { code })) instanceof StoreUnavailableError)
  })
