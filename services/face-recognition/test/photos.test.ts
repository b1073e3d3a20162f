import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createLog } from '@livepods/service'
import type { EngineName } from '../src/engine/engine.ts'
import { type Identified, Identifier } from '../src/engine/identifier.ts'
import { openRecogniser, type WorkerPool } from '../src/engine/worker-pool.ts'
import type { Gallery } from '../src/gallery/gallery.ts'
import { KnownFolder } from '../src/known/known-folder.ts'
import { KnownPeople } from '../src/known/known-people.ts'
import { models, withoutModels } from './support/opencv-models.ts'
import { photos, withoutPhotos } from './support/photos.ts'

const THRESHOLD = 0.6
const signal = new AbortController().signal

describe('the test photos', { skip: withoutPhotos }, () => testWith('onnx'))
describe('the test photos with opencv', { skip: withoutPhotos || withoutModels }, () => testWith('opencv'))

function testWith(engine: EngineName): void {
  const log = createLog('test', 'silent')
  const stack = new AsyncDisposableStack()
  let recogniser: WorkerPool
  before(async () => {
    recogniser = stack.use(await openRecogniser({ engine, modelFolder: models, workers: 2, queue: 100, log }))
  })
  after(() => stack.disposeAsync())

  /** Identifies all `unknown` photos of a folder against its `known` ones. */
  async function identifyAll(folder: string, known: string[], unknown: string[]): Promise<Map<string, Identified>> {
    const knownPeople = stack.adopt(mkdtempSync(join(tmpdir(), 'photos-')), (path) => rmSync(path, { recursive: true }))
    mkdirSync(knownPeople, { recursive: true })
    for (const name of known) cpSync(join(photos, folder, name), join(knownPeople, name.replace(/^.*\//, '')))
    const onGallery = (gallery: Gallery) => recogniser.share(gallery)
    const people = new KnownPeople({
      store: new KnownFolder(knownPeople),
      recogniser,
      maxBytes: 25e6,
      concurrency: 2,
      onGallery,
      log,
    })
    await people.load(signal)
    assert.equal(people.gallery.images, known.length)
    const identifier = new Identifier({ recogniser, matcher: recogniser })
    const answers = unknown.map(async (name) => {
      const bytes = readFileSync(join(photos, folder, name))
      return [name, await identifier.identify(bytes, { threshold: THRESHOLD, signal })] as const
    })
    return new Map(await Promise.all(answers))
  }

  const names = ({ faces }: Identified) =>
    faces.flatMap(({ identified, nearest }) => (identified ? [nearest?.person] : []))

  test('azure: every further photo of a known person gets the right name, and no stranger gets one', async () => {
    const all = readdirSync(join(photos, 'azure')).filter((name) => name.endsWith('.jpg'))
    const family = all.filter((name) => /^Family\d/.test(name))
    const isKnown = (name: string) =>
      /1\.jpg$/.test(name) || (/2\.jpg$/.test(name) && family.includes(name.replace('2.jpg', '3.jpg')))
    const known = family.filter(isKnown)
    const unknown = family.filter((name) => !isKnown(name))
    const strangers = [1, 2, 3, 4, 5].map((number) => `detection${number}.jpg`)
    const groups: Record<string, RegExp> = {
      'identification1.jpg': /^Family1-/,
      'test-image-person-group.jpg': /^Family2-/,
      'detection6.jpg': /^Family3-/,
    }
    const answers = await identifyAll('azure', known, [...unknown, ...strangers, ...Object.keys(groups)])
    assert.ok(unknown.length >= 6)
    for (const name of unknown)
      assert.deepEqual(names(answers.get(name) as Identified), [name.replace(/\d\.jpg$/, '')], name)
    for (const name of strangers) {
      const answer = answers.get(name) as Identified
      assert.ok(answer.faces.length > 0, name)
      assert.deepEqual(names(answer), [], name)
    }
    for (const [name, family] of Object.entries(groups)) {
      const found = names(answers.get(name) as Identified)
      assert.ok(found.length >= 2, `${name}: ${found.join()}`)
      assert.equal(new Set(found).size, found.length, `${name}: one name twice`)
      for (const person of found) assert.match(person ?? '', family, name)
    }
  })

  test('compat: the unknown photo of kube-cluster-sample is Hannibal', async () => {
    const known = readdirSync(join(photos, 'compat/known_people')).map((name) => `known_people/${name}`)
    const answers = await identifyAll('compat', known, ['unknown.jpg', ...known])
    assert.equal(answers.get('unknown.jpg')?.faces[0]?.nearest?.imageName, 'hannibal_1.jpg')
    assert.deepEqual(names(answers.get('unknown.jpg') as Identified), ['hannibal'])
    assert.deepEqual(names(answers.get('known_people/gergely_01.jpg') as Identified), ['gergely'])
    assert.deepEqual(names(answers.get('known_people/hannibal_2.jpg') as Identified), ['hannibal'])
  })

  test('portraits: two people in many sizes, cut faces and both on one photo', async () => {
    const all = readdirSync(join(photos, 'portraits')).filter((name) => /^(obama|biden)/.test(name))
    const known = ['obama.jpg', 'biden.jpg']
    const unknown = all.filter((name) => !known.includes(name))
    const answers = await identifyAll('portraits', known, [...unknown, 'two_people.jpg'])
    for (const name of unknown) assert.deepEqual(names(answers.get(name) as Identified), ['obama'], name)
    assert.deepEqual(names(answers.get('two_people.jpg') as Identified).sort(), ['biden', 'obama'])
  })
}
