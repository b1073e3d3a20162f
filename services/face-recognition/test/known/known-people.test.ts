import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ImageUnreadableError } from '@livepods/images'
import { createLog } from '@livepods/service'
import type { Described } from '../../src/engine/recogniser.ts'
import { KnownFolder } from '../../src/known/known-folder.ts'
import { KnownPeople } from '../../src/known/known-people.ts'
import { descriptorAt } from '../support/descriptors.ts'
import { imagesIn, namesIn } from '../support/galleries.ts'
import { plainMatcher } from '../support/plain-match.ts'

const never = new AbortController().signal

/** A folder with known people whose "pictures" say how many faces they show; `described` counts the scans. */
function open() {
  const folder = mkdtempSync(join(tmpdir(), 'known-people-'))
  const described: string[] = []
  const recogniser = {
    engine: 'fake',
    describe: async (bytes: Uint8Array): Promise<Described> => {
      const text = Buffer.from(bytes).toString()
      described.push(text)
      if (text.startsWith('broken')) throw new ImageUnreadableError('The picture is broken or cut off.')
      const box = { x: 0, y: 0, width: 1, height: 1 }
      const faces = Array.from({ length: Number.parseInt(text, 10) }, (_, i) => ({
        box,
        score: 1,
        quality: 1,
        descriptor: descriptorAt(i),
      }))
      return { width: 1, height: 1, faces }
    },
  }
  const known = new KnownPeople({
    store: new KnownFolder(folder),
    recogniser,
    maxBytes: 100,
    concurrency: 2,
    log: createLog('test', 'silent'),
  })
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text)
  const names = () => namesIn(known.gallery)
  return { folder, known, described, put, names, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

const skippedOf = (known: KnownPeople) => (known.report() as { skipped: { image: string; reason: string }[] }).skipped

test('an empty or missing folder is a gallery of nobody', async () => {
  using opened = open()
  await opened.known.load(never)
  assert.deepEqual(await plainMatcher(opened.known).match([descriptorAt(0)], 0.6), {
    gallery: opened.known.gallery.hash,
    faces: [{ identified: false }],
  })
})

test('bad files are left out with a reason, and the rest serves', async () => {
  using opened = open()
  opened.put('anna_1.jpg', '1 face')
  opened.put('broken_1.jpg', 'broken')
  opened.put('nobody_1.jpg', '0 faces')
  opened.put('large_1.jpg', '1'.repeat(101))
  symlinkSync('/etc/hostname', join(opened.folder, 'outside_1.jpg'))
  symlinkSync('nowhere', join(opened.folder, 'dangling_1.jpg'))
  execFileSync('mkfifo', [join(opened.folder, 'pipe_1.jpg')])
  await opened.known.load(never)
  assert.deepEqual(opened.names(), ['anna_1.jpg'])
  assert.deepEqual(
    skippedOf(opened.known)
      .map(({ image }) => image)
      .sort(),
    ['broken_1.jpg', 'dangling_1.jpg', 'large_1.jpg', 'nobody_1.jpg', 'outside_1.jpg', 'pipe_1.jpg'],
  )
  for (const { reason } of skippedOf(opened.known)) assert.match(reason, /\.$/)
})

test('what a scan passes over is reported with the reason, while it is there', async () => {
  using opened = open()
  opened.put('anna_1.jpg', '1 face')
  opened.put('anna_2.heic', '1 face')
  await opened.known.load(never)
  const report = () => opened.known.report() as { skippedImages: number }
  assert.deepEqual(skippedOf(opened.known), [
    { image: 'anna_2.heic', reason: 'Pictures of this kind are not read: save it as JPEG, PNG or WebP.' },
  ])
  assert.equal(report().skippedImages, 1)
  rmSync(join(opened.folder, 'anna_2.heic'))
  await opened.known.scan(never)
  assert.equal(report().skippedImages, 0)
})

test('of several faces the largest counts, and the image is flagged', async () => {
  using opened = open()
  opened.put('anna_1.jpg', '3 faces')
  await opened.known.load(never)
  assert.equal(imagesIn(opened.known.gallery)[0]?.descriptor[0], 0)
  assert.deepEqual((opened.known.report() as { withSeveralFaces: string[] }).withSeveralFaces, ['anna_1.jpg'])
})

test('a new file counts after two scans that see the same', async () => {
  using opened = open()
  await opened.known.load(never)
  const { hash } = opened.known.gallery
  opened.put('anna_1.jpg', '1 half')
  await opened.known.scan(never)
  assert.deepEqual(opened.names(), [])
  opened.put('anna_1.jpg', '1 whole face')
  await opened.known.scan(never)
  assert.deepEqual(opened.names(), [], 'it changed between the scans')
  await opened.known.scan(never)
  assert.deepEqual(opened.names(), ['anna_1.jpg'])
  assert.deepEqual(opened.described, ['1 whole face'])
  assert.notEqual(opened.known.gallery.hash, hash)
})

test('a change describes that file only, and equal content is never described twice', async () => {
  using opened = open()
  opened.put('anna_1.jpg', '1 anna')
  opened.put('bob_1.jpg', '1 bob')
  await opened.known.load(never)
  opened.put('bob_1.jpg', '1 another bob')
  renameSync(join(opened.folder, 'anna_1.jpg'), join(opened.folder, 'eve_1.jpg'))
  await opened.known.scan(never)
  await opened.known.scan(never)
  assert.deepEqual(opened.names(), ['bob_1.jpg', 'eve_1.jpg'])
  assert.deepEqual(opened.described.sort(), ['1 anna', '1 another bob', '1 bob'])
})

test('a renamed file is never missing in between', async () => {
  using opened = open()
  opened.put('anna_1.jpg', '1 anna')
  await opened.known.load(never)
  renameSync(join(opened.folder, 'anna_1.jpg'), join(opened.folder, 'anna_2.jpg'))
  await opened.known.scan(never)
  assert.deepEqual(opened.names(), ['anna_1.jpg'])
  await opened.known.scan(never)
  assert.deepEqual(opened.names(), ['anna_2.jpg'])
})

test('while a known file is being changed, what it was still counts', async () => {
  using opened = open()
  opened.put('anna_1.jpg', '1 anna')
  await opened.known.load(never)
  const { hash } = opened.known.gallery
  opened.put('anna_1.jpg', '1 anna, half wr')
  await opened.known.scan(never)
  assert.equal(opened.known.gallery.hash, hash)
})

test('a removed file is forgotten, and the same people have the same hash again', async () => {
  using opened = open()
  opened.put('anna_1.jpg', '1 anna')
  await opened.known.load(never)
  const { hash } = opened.known.gallery
  opened.put('bob_1.jpg', '1 bob')
  for (let scan = 0; scan < 2; scan++) await opened.known.scan(never)
  assert.notEqual(opened.known.gallery.hash, hash)
  rmSync(join(opened.folder, 'bob_1.jpg'))
  for (let scan = 0; scan < 2; scan++) await opened.known.scan(never)
  assert.equal(opened.known.gallery.hash, hash)
})

test('nothing is built anew while nothing changes', async () => {
  using opened = open()
  opened.put('anna_1.jpg', '1 anna')
  opened.put('broken_1.jpg', 'broken')
  await opened.known.load(never)
  const { gallery } = opened.known
  for (let scan = 0; scan < 3; scan++) await opened.known.scan(never)
  assert.equal(opened.known.gallery, gallery)
  assert.equal(opened.described.length, 2)
})

test('the swap of a ConfigMap volume is seen', async () => {
  using opened = open()
  const write = (version: string, text: string) => {
    mkdirSync(join(opened.folder, version))
    opened.put(`${version}/anna_1.jpg`, text)
    symlinkSync(version, join(opened.folder, '..tmp'))
    renameSync(join(opened.folder, '..tmp'), join(opened.folder, '..data'))
  }
  write('..1', '1 old')
  symlinkSync('..data/anna_1.jpg', join(opened.folder, 'anna_1.jpg'))
  await opened.known.load(never)
  write('..2', '1 new')
  for (let scan = 0; scan < 2; scan++) await opened.known.scan(never)
  assert.deepEqual(opened.described, ['1 old', '1 new'])
  assert.deepEqual(opened.names(), ['anna_1.jpg'])
})

test('loading ends with its signal', async () => {
  using opened = open()
  opened.put('anna_1.jpg', 'broken')
  await assert.rejects(opened.known.load(AbortSignal.abort(new Error('stopping'))), /stopping/)
})
