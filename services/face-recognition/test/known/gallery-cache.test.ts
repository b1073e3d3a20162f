import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { GalleryCache } from '../../src/known/gallery-cache.ts'
import { isDescribed, type KnownEntry } from '../../src/known/known-entry.ts'
import { descriptorAt } from '../support/descriptors.ts'

function open() {
  const base = mkdtempSync(join(tmpdir(), 'gallery-cache-'))
  const folder = join(base, 'cache')
  const cache = (engine = 'e') => new GalleryCache({ folder, engine, log: createLog('test', 'silent') })
  const file = join(folder, 'gallery.bin')
  return { folder, file, cache, [Symbol.dispose]: () => rmSync(base, { recursive: true }) }
}

/** What is read, each entry with its embedding. */
async function readFrom(cache: GalleryCache): Promise<KnownEntry[]> {
  const { entries, descriptors } = await cache.read()
  return entries.map((entry) => {
    if (!isDescribed(entry)) return entry
    const { scan: _, ...saved } = entry
    return { ...saved, place: -1, descriptor: descriptors.slice(entry.place * 128, (entry.place + 1) * 128) }
  })
}

const stamp = '1:2:3:4'
const described = (name: string, distance: number, faces = 1): KnownEntry => {
  return { name, stamp, content: `hash of ${name}`, faces, descriptor: descriptorAt(distance), place: -1 }
}
const noFace: KnownEntry = { name: 'b.jpg', stamp, content: 'x', skipped: 'There is no face on it.', reason: 'no_face' }
const broken: KnownEntry = { name: 'c.jpg', stamp, skipped: 'It is broken.', reason: 'ImageUnreadable' }

test('what was saved is read again; what could not be read is tried again', async () => {
  using opened = open()
  const entries = [described('a\n"ä/1.jpg', 0.25), noFace, broken, described('d.jpg', 0.5, 3)]
  await opened.cache().save(() => entries)
  assert.deepEqual(await readFrom(opened.cache()), [entries[0], noFace, entries[3]])
})

test('more entries than a block has are read again', async () => {
  using opened = open()
  const entries = Array.from({ length: 2500 }, (_, i) => described(`${i}.jpg`, i))
  await opened.cache().save(() => entries)
  assert.deepEqual(await readFrom(opened.cache()), entries)
})

test('nothing saved is nothing known', async () => {
  using opened = open()
  assert.deepEqual(await readFrom(opened.cache()), [])
})

test('the embeddings of another engine are not used', async () => {
  using opened = open()
  await opened.cache('old').save(() => [described('a.jpg', 1)])
  assert.deepEqual(await readFrom(opened.cache('new')), [])
})

test('one bit that is not as it was, or one byte less, makes the file count as absent', async () => {
  using opened = open()
  await opened.cache().save(() => [described('a.jpg', 1), noFace])
  const good = readFileSync(opened.file)
  assert.equal((await readFrom(opened.cache())).length, 2)
  for (let at = 0; at < good.length; at += 7) {
    const bad = Buffer.from(good)
    bad[at] = (bad[at] as number) ^ 0x10
    writeFileSync(opened.file, bad)
    assert.deepEqual(await readFrom(opened.cache()), [], `bit in byte ${at}`)
    writeFileSync(opened.file, good.subarray(0, at))
    assert.deepEqual(await readFrom(opened.cache()), [], `cut at ${at}`)
  }
})

test('only its owner may read the file, and no temporary file is left, not even that of a crash', async () => {
  using opened = open()
  const cache = opened.cache()
  await cache.save(() => [])
  writeFileSync(join(opened.folder, '.gallery.bin.left-by-a-crash'), 'half')
  await cache.save(() => [described('a.jpg', 1)])
  assert.deepEqual(readdirSync(opened.folder), ['gallery.bin'])
  assert.equal(statSync(opened.file).mode & 0o777, 0o600)
})

test('of many saves at once the last state is what is kept, in two turns', async () => {
  using opened = open()
  const cache = opened.cache()
  let state = 0
  let turns = 0
  const saved = () => {
    turns++
    return [described(`${state}.jpg`, state)]
  }
  const saves = Array.from({ length: 10 }, async () => {
    state++
    await cache.save(saved)
  })
  await Promise.all(saves)
  assert.equal((await readFrom(cache))[0]?.name, '10.jpg')
  assert.ok(turns <= 2, `${turns} turns`)
})

test('a folder that cannot be written is only logged', async () => {
  await using cache = new GalleryCache({ folder: '/sys/gallery', engine: 'e', log: createLog('test', 'silent') })
  await cache.save(() => [described('a.jpg', 1)])
  assert.deepEqual(await readFrom(cache), [])
})
