import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { GalleryCache } from '../../src/known/gallery-cache.ts'
import { isDescribed } from '../../src/known/known-entry.ts'
import { KnownFolder } from '../../src/known/known-folder.ts'
import { KnownPeople } from '../../src/known/known-people.ts'
import { PersonKeys } from '../../src/known/person-keys.ts'
import { imagesIn, namesIn } from '../support/galleries.ts'
import { watchTurns } from '../support/turns.ts'

const never = new AbortController().signal
const box = { x: 0, y: 0, width: 1, height: 1 }

/** The embedding of a "picture": 128 numbers that follow from its text. */
function descriptorOf(text: string): Float32Array {
  return Float32Array.from({ length: 128 }, (_, i) => Math.sin(Number.parseInt(text, 10) * 128 + i) / 8)
}

/** Known people of a folder with a cache; `start` is a new process, as far as they can tell. `scans` counts what is described. */
function open() {
  const base = mkdtempSync(join(tmpdir(), 'known-restart-'))
  const [folder, saved] = [join(base, 'known'), join(base, 'cache')]
  mkdirSync(folder)
  const scans: string[] = []
  const recogniser = {
    engine: 'fake',
    describe: async (bytes: Uint8Array) => {
      const text = Buffer.from(bytes).toString()
      scans.push(text)
      const face = { box, score: 1, quality: 1, descriptor: descriptorOf(text) }
      return { width: 1, height: 1, faces: text.startsWith('nobody') ? [] : [face] }
    },
  }
  const log = createLog('test', 'silent')
  const ends: (() => Promise<void>)[] = []
  const start = async () => {
    const cache = new GalleryCache({ folder: saved, engine: 'fake', log })
    const known = new KnownPeople({
      store: new KnownFolder(folder),
      recogniser,
      maxBytes: 100,
      concurrency: 2,
      cache,
      keys: new PersonKeys({ threshold: 0.6, folder: saved, log }),
      log,
    })
    await known.load(never)
    const end = () => cache[Symbol.asyncDispose]()
    ends.push(end)
    return { known, end }
  }
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text)
  const dispose = async () => {
    // What is being saved is saved before its folder goes.
    for (const end of ends) await end()
    rmSync(base, { recursive: true })
  }
  return { folder, saved, scans, start, put, [Symbol.asyncDispose]: dispose }
}

test('a restart describes nothing again, not even a picture without a face, and matches equally', async () => {
  await using opened = open()
  opened.put('anna_1.jpg', '1')
  opened.put('bob_1.jpg', '2')
  opened.put('eve_1.jpg', 'nobody')
  const first = await opened.start()
  await first.end()
  const second = await opened.start()
  assert.equal(opened.scans.length, 3)
  assert.equal(second.known.gallery.hash, first.known.gallery.hash)
  assert.deepEqual(imagesIn(second.known.gallery), imagesIn(first.known.gallery))
  assert.equal(second.known.skipped, 1)
})

test('two strangers of one camera are two people, and stay so when the second file comes first after a restart', async () => {
  await using opened = open()
  const peopleOf = ({ gallery }: KnownPeople) => {
    const all = [...Array(gallery.images).keys()].map((row) => gallery.imageAt(row))
    return Object.fromEntries(all.map(({ imageName, person }) => [imageName, person]))
  }
  opened.put('P1000002.jpg', '2')
  const first = await opened.start()
  assert.deepEqual(peopleOf(first.known), { 'P1000002.jpg': 'P' })
  await first.end()
  opened.put('P1000001.jpg', '1')
  const second = await opened.start()
  assert.deepEqual(peopleOf(second.known), { 'P1000001.jpg': 'P1000001', 'P1000002.jpg': 'P' })
  await second.end()
  // As after a change of the engine: everything is described anew, in the order of the names.
  rmSync(join(opened.saved, 'gallery.bin'))
  const third = await opened.start()
  assert.deepEqual(peopleOf(third.known), { 'P1000001.jpg': 'P1000001', 'P1000002.jpg': 'P' })
  assert.equal(third.known.gallery.people, 2)
})

test('after a restart only what changed meanwhile is described', async () => {
  await using opened = open()
  for (const name of ['anna_1.jpg', 'bob_1.jpg', 'eve_1.jpg', 'gone_1.jpg'])
    opened.put(name, `${name.length}${name.charCodeAt(0)}`)
  await (await opened.start()).end()
  opened.scans.length = 0
  opened.put('anna_1.jpg', '77')
  rmSync(join(opened.folder, 'gone_1.jpg'))
  renameSync(join(opened.folder, 'bob_1.jpg'), join(opened.folder, 'zoe_1.jpg'))
  const { known } = await opened.start()
  assert.deepEqual(opened.scans, ['77'])
  assert.deepEqual(namesIn(known.gallery), ['anna_1.jpg', 'eve_1.jpg', 'zoe_1.jpg'])
  assert.deepEqual(imagesIn(known.gallery)[0]?.descriptor, descriptorOf('77'))
})

test('saved embeddings that cannot be read cost a rebuild, no more', async () => {
  await using opened = open()
  opened.put('anna_1.jpg', '1')
  const first = await opened.start()
  await first.end()
  writeFileSync(join(opened.saved, 'gallery.bin'), 'garbage')
  const second = await opened.start()
  assert.equal(second.known.gallery.hash, first.known.gallery.hash)
  assert.equal(opened.scans.length, 2)
  await second.end()
  await opened.start()
  assert.equal(opened.scans.length, 2)
})

test('each image keeps its own embedding through additions, removals and changes of our own in the middle of a scan', async () => {
  await using opened = open()
  for (let i = 0; i < 40; i += 2) opened.put(`p${`${i}`.padStart(3, '0')}x.jpg`, `${i}`)
  const { known, end } = await opened.start()
  for (let round = 0; round < 6; round++) {
    opened.put(`p${`${round * 5 + 1}`.padStart(3, '0')}x.jpg`, `${round * 5 + 1}`)
    rmSync(join(opened.folder, `p${`${round * 4}`.padStart(3, '0')}x.jpg`))
    await known.scan(never)
    const scan = known.scan(never)
    const own = `a${round}x.jpg`
    opened.put(own, `${100 + round}`)
    await Promise.all([scan, known.refresh([own])])
    assert.ok(namesIn(known.gallery).includes(own))
  }
  await known.scan(never)
  const described = [...known.entries].filter(isDescribed)
  assert.deepEqual(
    namesIn(known.gallery),
    described.map(({ name }) => name),
  )
  for (const { name, descriptor } of imagesIn(known.gallery)) {
    const text = name.startsWith('a') ? `${100 + Number.parseInt(name.slice(1), 10)}` : name.slice(1, 4)
    assert.deepEqual(descriptor, descriptorOf(text), name)
  }
  await end()
})

test('with 10 000 known images a start from the cache takes much less CPU than one without, a later change little, and the loop stays free', async () => {
  await using opened = open()
  for (let person = 0; person < 1000; person++) {
    mkdirSync(join(opened.folder, `p${person}`))
    for (let image = 0; image < 10; image++) opened.put(`p${person}/${image}.jpg`, `${person * 10 + image}`)
  }
  const without = process.cpuUsage()
  const first = await opened.start()
  await first.end()
  const secondsWithout = secondsSince(without)
  opened.scans.length = 0
  const turns = watchTurns()
  const before = process.cpuUsage()
  const { known } = await opened.start()
  const seconds = secondsSince(before)
  assert.ok(seconds < secondsWithout / 2, `${seconds} s of CPU, and ${secondsWithout} s without the cache`)
  assert.deepEqual([known.gallery.images, known.gallery.people], [10_000, 1000])
  assert.deepEqual(opened.scans, [])
  opened.put('p5/new.jpg', '123456')
  await known.refresh(['p5/new.jpg'])
  assert.deepEqual(opened.scans, ['123456'])
  const longest = turns.longest()
  assert.ok(longest < 0.25, `a turn of ${longest * 100} % of the work`)
})

function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
