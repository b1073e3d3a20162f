import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { StoreUnavailableError } from '@livepods/images'
import { ChangeImpossibleError, ImageGoneError } from '../../src/known/known-change-error.ts'
import { KnownFolder } from '../../src/known/known-folder.ts'
import { deletedName } from '../../src/known/known-store.ts'
import { cutAtEachStep, picturesOf } from '../support/cut-at-each-step.ts'

function open() {
  const root = mkdtempSync(join(tmpdir(), 'known-folder-'))
  const put = (name: string, text: string) => {
    mkdirSync(join(root, dirname(name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  const store = new KnownFolder(root)
  const remove = () => rmSync(root, { recursive: true })
  return {
    ...{ root, store, put, environment: {} },
    [Symbol.dispose]: remove,
    [Symbol.asyncDispose]: async () => remove(),
  }
}

const hidden = (root: string) => readdirSync(root).filter((name) => name.startsWith('.'))
test('killed at any step, an image is there whole or not at all, and adding it again makes it so', async () => {
  const steps = await cutAtEachStep(
    open,
    { put: ['anna/x.jpg', 'a picture'] },
    { before: { 'bob/y.jpg': 'bob' }, after: { 'anna/x.jpg': 'a picture', 'bob/y.jpg': 'bob' } },
  )
  assert.ok(steps >= 8, `${steps} steps`)
})

test('killed at any step, a removed image is there or gone', async () => {
  const steps = await cutAtEachStep(
    open,
    { remove: ['anna/x.jpg'] },
    { before: { 'anna/x.jpg': 'a', 'bob/y.jpg': 'b' }, after: { 'bob/y.jpg': 'b' } },
  )
  assert.ok(steps >= 4, `${steps} steps`)
})

test('killed at any step, a moved image belongs to one person, never to two or none', async () => {
  const steps = await cutAtEachStep(
    open,
    { move: ['anna/x.jpg', 'bob/x.jpg'] },
    { before: { 'anna/x.jpg': 'a' }, after: { 'bob/x.jpg': 'a' } },
  )
  assert.ok(steps >= 7, `${steps} steps`)
})

test('killed at any step, an image of a deleted person is there or set aside; and it comes back as well', async () => {
  const [known, deleted] = ['anna/x.jpg', deletedName('anna-1', 'anna/x.jpg')]
  const [there, gone] = [{ [known]: 'a' }, {}]
  assert.ok((await cutAtEachStep(open, { move: [known, deleted] }, { before: there, after: gone })) >= 7)
  await cutAtEachStep(open, { move: [deleted, known] }, { before: gone, after: there, put: { [deleted]: 'a' } })
})

test('while the folder itself is away, no image of it counts as gone', async () => {
  using opened = open()
  opened.put('anna/x.jpg', 'a')
  renameSync(opened.root, `${opened.root}-away`)
  await assert.rejects(opened.store.move('anna/x.jpg', deletedName('anna', 'anna/x.jpg')), StoreUnavailableError)
  renameSync(`${opened.root}-away`, opened.root)
  assert.equal(await opened.store.move('anna/x.jpg', deletedName('anna', 'anna/x.jpg')), true)
  await assert.rejects(opened.store.move('anna/x.jpg', deletedName('anna', 'anna/x.jpg')), ImageGoneError)
})

test('a name that is taken stays what it is', async () => {
  using opened = open()
  opened.put('anna/x.jpg', 'old')
  opened.put('bob/x.jpg', 'bob')
  assert.equal(await opened.store.put('anna/x.jpg', Buffer.from('new')), false)
  assert.equal(await opened.store.move('bob/x.jpg', 'anna/x.jpg'), false)
  assert.deepEqual(await picturesOf(opened.store), { 'anna/x.jpg': 'old', 'bob/x.jpg': 'bob' })
  assert.deepEqual(hidden(opened.root), [])
})

test('of many that put one name at once, one does', async () => {
  using opened = open()
  const done = await Promise.all(
    Array.from({ length: 8 }, (_, i) => opened.store.put('anna/x.jpg', Buffer.from(`${i}`))),
  )
  assert.equal(done.filter(Boolean).length, 1)
  assert.equal((await picturesOf(opened.store))['anna/x.jpg'], `${done.indexOf(true)}`)
})

test('what a crash left long ago is removed, and nothing else', async () => {
  using opened = open()
  for (const name of ['.adding-old', '.adding-new', '.other']) opened.put(name, '')
  utimesSync(join(opened.root, '.adding-old'), 1, 1)
  await opened.store.clean()
  assert.deepEqual(hidden(opened.root), ['.adding-new', '.other'])
  await new KnownFolder(join(opened.root, 'nowhere')).clean()
})

test('people who were deleted an hour ago and not purged go when the service starts', async (t) => {
  using opened = open()
  opened.put('anna/x.jpg', 'a')
  await opened.store.move('anna/x.jpg', deletedName('anna', 'anna/x.jpg'))
  await opened.store.clean()
  assert.deepEqual(await opened.store.deleted('anna'), ['anna/x.jpg'])
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 3_700_000 })
  await opened.store.clean()
  assert.deepEqual([await opened.store.deleted('anna'), hidden(opened.root)], [[], []])
})

test('a folder that does not exist is made', async () => {
  using opened = open()
  await new KnownFolder(join(opened.root, 'known')).put('anna/x.jpg', Buffer.from('x'))
  assert.ok(existsSync(join(opened.root, 'known/anna/x.jpg')))
})

test('a folder swapped for a link is not followed', async () => {
  using opened = open()
  using outside = open()
  outside.put('x.jpg', 'theirs')
  symlinkSync(outside.root, join(opened.root, 'anna'))
  const { store: folder } = opened
  await assert.rejects(folder.put('anna/y.jpg', Buffer.from('y')), ChangeImpossibleError)
  await assert.rejects(folder.remove('anna/x.jpg'), ChangeImpossibleError)
  await assert.rejects(folder.move('anna/x.jpg', 'bob/x.jpg'), ChangeImpossibleError)
  assert.deepEqual(readdirSync(outside.root), ['x.jpg'])
})

test('a folder that nobody may write in is a sentence', async () => {
  await assert.rejects(new KnownFolder('/sys').put('anna/x.jpg', Buffer.from('x')), /read-only for this service/)
})
