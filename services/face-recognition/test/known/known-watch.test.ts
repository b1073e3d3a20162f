import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { KnownFolder } from '../../src/known/known-folder.ts'
import { KnownPeople } from '../../src/known/known-people.ts'
import { watchKnownPeople } from '../../src/known/known-watch.ts'
import { descriptorAt } from '../support/descriptors.ts'
import { namesIn } from '../support/galleries.ts'

/** Known people of a folder, watched; polled every `everyMs`. */
async function open(everyMs: number, prepare: (folder: string) => void = () => {}) {
  const base = mkdtempSync(join(tmpdir(), 'known-watch-'))
  const folder = join(base, 'known')
  mkdirSync(folder)
  prepare(folder)
  const face = { box: { x: 0, y: 0, width: 1, height: 1 }, score: 1, quality: 1, descriptor: descriptorAt(0) }
  const recogniser = { engine: 'fake', describe: async () => ({ width: 1, height: 1, faces: [face] }) }
  const store = new KnownFolder(folder)
  const log = createLog('test', 'silent')
  const known = new KnownPeople({ store, recogniser, maxBytes: 100, concurrency: 1, log })
  await known.load(new AbortController().signal)
  const watch = await watchKnownPeople({ known, hints: store.hints(), everyMs, log })
  return {
    folder,
    known,
    [Symbol.asyncDispose]: async () => {
      await watch[Symbol.asyncDispose]()
      rmSync(base, { recursive: true })
    },
  }
}

const NEVER_MS = 3_600_000
const namesAre = (known: KnownPeople, names: string[]) =>
  eventually(() => assert.deepEqual(namesIn(known.gallery), names))

test('without polling a change is seen by its hint: at the top, in a new folder, in an old one', async () => {
  await using opened = await open(NEVER_MS)
  // Until the watch stands, nothing hints.
  await eventually(async () => {
    writeFileSync(join(opened.folder, 'anna_1.jpg'), `${performance.now()}`)
    assert.ok(opened.known.unsettled || opened.known.gallery.images > 0)
  })
  await namesAre(opened.known, ['anna_1.jpg'])
  mkdirSync(join(opened.folder, 'bob'))
  writeFileSync(join(opened.folder, 'bob/1.jpg'), 'bob')
  await namesAre(opened.known, ['anna_1.jpg', 'bob/1.jpg'])
  renameSync(join(opened.folder, 'anna_1.jpg'), join(opened.folder, 'bob/2.jpg'))
  await namesAre(opened.known, ['bob/1.jpg', 'bob/2.jpg'])
})

test('without hints a change is seen by polling', async () => {
  await using opened = await open(5, (folder) => rmSync(folder, { recursive: true }))
  mkdirSync(opened.folder)
  writeFileSync(join(opened.folder, 'anna_1.jpg'), 'anna')
  await namesAre(opened.known, ['anna_1.jpg'])
})

test('the swap of a ConfigMap volume is seen by its hint', async () => {
  const write = (folder: string, version: string) => {
    mkdirSync(join(folder, version))
    writeFileSync(join(folder, version, 'anna_1.jpg'), version)
    symlinkSync(version, join(folder, '..tmp'))
    renameSync(join(folder, '..tmp'), join(folder, '..data'))
  }
  await using opened = await open(NEVER_MS, (folder) => {
    write(folder, '..1')
    symlinkSync('..data/anna_1.jpg', join(folder, 'anna_1.jpg'))
  })
  const { hash } = opened.known.gallery
  await eventually(() => {
    // Again until it is seen: the watch may not stand at the first time.
    write(opened.folder, `..${performance.now()}`)
    assert.ok(opened.known.unsettled)
  })
  await eventually(() => assert.notEqual(opened.known.gallery.hash, hash))
})

test('a folder that is another one now gives hints again', async () => {
  const root = mkdtempSync(join(tmpdir(), 'known-watch-'))
  const inside = join(root, 'known')
  mkdirSync(join(inside, 'anna'), { recursive: true })
  using hints = new KnownFolder(inside).hints()
  const stop = new AbortController()
  await hints.follow(['anna'])
  for (const replaced of [join(inside, 'anna'), inside]) {
    renameSync(replaced, `${root}/old-${performance.now()}`)
    mkdirSync(join(inside, 'anna'), { recursive: true })
    await hints.follow(['anna'])
    // What the replacing itself hinted at.
    await hints.next(0, stop.signal)
    let isHinted = false
    const hinted = hints.next(NEVER_MS, stop.signal).then(() => (isHinted = true))
    await eventually(() => {
      writeFileSync(join(inside, 'anna/1.jpg'), `${performance.now()}`)
      assert.ok(isHinted)
    })
    await hinted
  }
  rmSync(root, { recursive: true })
})
