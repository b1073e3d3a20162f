import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ChangeImpossible, KnownFolder } from '../src/known-folder.ts'
import type { Change } from './support/killed-change.ts'
import { listKnownFiles } from './support/list-known-files.ts'

function open() {
  const root = mkdtempSync(join(tmpdir(), 'known-folder-'))
  const put = (name: string, text: string) => {
    mkdirSync(join(root, dirname(name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return { root, folder: new KnownFolder(root), put, [Symbol.dispose]: () => rmSync(root, { recursive: true }) }
}

/** Name and text of every picture that is not empty. */
async function pictures(root: string): Promise<Record<string, string>> {
  const files = (await listKnownFiles(root)).map(({ name }) => [name, readFileSync(join(root, name), 'utf8')] as const)
  return Object.fromEntries(files.filter(([, text]) => text !== ''))
}

const hidden = (root: string) => readdirSync(root).filter((name) => name.startsWith('.'))
const killed = fileURLToPath(new URL('support/killed-change.ts', import.meta.url))

/** Makes the change in processes that are killed before their 1st, 2nd, … step, until one gets to the end; checks what each left behind. */
async function cutAtEachStep(change: Change, before: Record<string, string>, after: Record<string, string>) {
  for (let step = 0; ; step++) {
    using opened = open()
    for (const [name, text] of Object.entries(before)) opened.put(name, text)
    const run = promisify(execFile)(process.execPath, [killed, opened.root, `${step}`, JSON.stringify(change)])
    const ended = await run.then(
      () => true,
      (error: { signal: string; stderr: string }) => {
        assert.equal(error.signal, 'SIGKILL', error.stderr)
        return false
      },
    )
    const found = await pictures(opened.root)
    const isBefore = JSON.stringify(found) === JSON.stringify(before)
    assert.deepEqual(found, isBefore && !ended ? before : after, `killed before step ${step}`)
    if (isBefore) {
      if ('put' in change) assert.equal(await opened.folder.put(change.put[0], Buffer.from(change.put[1])), true)
      else if ('remove' in change) assert.equal(await opened.folder.remove(...change.remove), true)
      else assert.equal(await opened.folder.move(...change.move), true)
      assert.deepEqual(await pictures(opened.root), after, `repeated after step ${step}`)
    }
    if (ended) return step
  }
}

test('killed at any step, an image is there whole or not at all, and adding it again makes it so', async () => {
  const steps = await cutAtEachStep(
    { put: ['anna/x.jpg', 'a picture'] },
    { 'bob/y.jpg': 'bob' },
    { 'anna/x.jpg': 'a picture', 'bob/y.jpg': 'bob' },
  )
  assert.ok(steps >= 8, `${steps} steps`)
})

test('killed at any step, a removed image is there or gone', async () => {
  const steps = await cutAtEachStep(
    { remove: ['anna/x.jpg'] },
    { 'anna/x.jpg': 'a', 'bob/y.jpg': 'b' },
    { 'bob/y.jpg': 'b' },
  )
  assert.ok(steps >= 4, `${steps} steps`)
})

test('killed at any step, a moved image belongs to one person, never to two or none', async () => {
  const steps = await cutAtEachStep({ move: ['anna/x.jpg', 'bob/x.jpg'] }, { 'anna/x.jpg': 'a' }, { 'bob/x.jpg': 'a' })
  assert.ok(steps >= 7, `${steps} steps`)
})

test('a name that is taken stays what it is', async () => {
  using opened = open()
  opened.put('anna/x.jpg', 'old')
  opened.put('bob/x.jpg', 'bob')
  assert.equal(await opened.folder.put('anna/x.jpg', Buffer.from('new')), false)
  assert.equal(await opened.folder.move('bob/x.jpg', 'anna/x.jpg'), false)
  assert.deepEqual(await pictures(opened.root), { 'anna/x.jpg': 'old', 'bob/x.jpg': 'bob' })
  assert.deepEqual(hidden(opened.root), [])
})

test('of many that put one name at once, one does', async () => {
  using opened = open()
  const done = await Promise.all(
    Array.from({ length: 8 }, (_, i) => opened.folder.put('anna/x.jpg', Buffer.from(`${i}`))),
  )
  assert.equal(done.filter(Boolean).length, 1)
  assert.equal((await pictures(opened.root))['anna/x.jpg'], `${done.indexOf(true)}`)
})

test('what a crash left long ago is removed, and nothing else', async () => {
  using opened = open()
  for (const name of ['.adding-old', '.adding-new', '.other']) opened.put(name, '')
  utimesSync(join(opened.root, '.adding-old'), 1, 1)
  await opened.folder.clean()
  assert.deepEqual(hidden(opened.root), ['.adding-new', '.other'])
  await new KnownFolder(join(opened.root, 'nowhere')).clean()
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
  const { folder } = opened
  await assert.rejects(folder.put('anna/y.jpg', Buffer.from('y')), ChangeImpossible)
  await assert.rejects(folder.remove('anna/x.jpg'), ChangeImpossible)
  await assert.rejects(folder.move('anna/x.jpg', 'bob/x.jpg'), ChangeImpossible)
  assert.deepEqual(readdirSync(outside.root), ['x.jpg'])
})

test('a folder that nobody may write in is a sentence', async () => {
  await assert.rejects(new KnownFolder('/sys').put('anna/x.jpg', Buffer.from('x')), /read-only for this service/)
})
