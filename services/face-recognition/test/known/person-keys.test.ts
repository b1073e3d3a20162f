import assert from 'node:assert/strict'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { PersonKeys } from '../../src/known/person-keys.ts'
import { descriptorAt } from '../support/descriptors.ts'

const log = createLog('test', 'silent')
const nobody = () => undefined

/** An image whose face is so far from the others' along one line. */
const image = (name: string, at: number) => ({ name, content: `${name} ${at}`, descriptor: descriptorAt(at) })
const open = (folder?: string) => new PersonKeys({ threshold: 0.6, folder, log })
const decided = (keys: PersonKeys, ...images: ReturnType<typeof image>[]) =>
  Object.fromEntries(keys.decide(images, nobody))

test('files whose names give one key are one person where they look like the first by name', () => {
  const images = [image('hannibal_2.jpg', 0.57), image('hannibal_1.jpg', 0), image('gergely_01.jpg', 5)]
  assert.deepEqual(decided(open(), ...images), {
    'hannibal_1.jpg': 'hannibal',
    'hannibal_2.jpg': 'hannibal',
    'gergely_01.jpg': 'gergely',
  })
})

for (const [one, other] of [
  ['P1000001', 'P1000002'],
  ['_DSC0001', '_DSC0002'],
  ['IMG_E0001', 'IMG_E0002'],
  ['FB_IMG_1700000000001', 'FB_IMG_1700000000002'],
  ['mmexport1700000000001', 'mmexport1700000000002'],
  ['signal-2024-01-01-120000', 'signal-2024-01-02-120000'],
  ['Screenshot_20240101-120000', 'Screenshot_20240101-120001'],
  ['face1', 'face2'],
  ['anna (4)', 'anna (5)'],
] as const)
  test(`two strangers ${one} and ${other} are two people`, () => {
    const keys = decided(open(), image(`${one}.jpg`, 0), image(`${other}.jpg`, 2))
    assert.notEqual(keys[`${one}.jpg`], keys[`${other}.jpg`])
    assert.equal(keys[`${other}.jpg`], other)
  })

test('each is compared with the first, not with the nearest', () => {
  const keys = decided(open(), image('a_1.jpg', 0), image('a_2.jpg', 0.5), image('a_3.jpg', 1))
  assert.deepEqual(Object.values(keys), ['a', 'a', 'a_3'])
})

test('a file of a folder belongs to the folder, whomever it shows', () => {
  const keys = decided(open(), image('anna/1.jpg', 0), image('anna/2.jpg', 9))
  assert.deepEqual(Object.values(keys), ['anna', 'anna'])
})

test('a file that comes later is compared with who is there, and moves nobody', () => {
  const keys = open()
  assert.deepEqual(decided(keys, image('a_5.jpg', 0)), { 'a_5.jpg': 'a' })
  const here = (key: string) => (key === 'a' ? descriptorAt(0) : undefined)
  const later = keys.decide([image('a_1.jpg', 2), image('a_6.jpg', 0.1), image('a_5.jpg', 0)], here)
  assert.deepEqual(Object.fromEntries(later), { 'a_1.jpg': 'a_1', 'a_5.jpg': 'a', 'a_6.jpg': 'a' })
})

test('what was decided is kept across restarts, also where another engine sees it otherwise', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'person-keys-'))
  const first = open(folder.path)
  await first.load()
  decided(first, image('a_1.jpg', 0), image('a_2.jpg', 0.5), image('b_1.jpg', 0), image('b_2.jpg', 2))
  await first.save()
  const second = open(folder.path)
  await second.load()
  const seen = ['a_1.jpg', 'a_2.jpg', 'b_1.jpg', 'b_2.jpg'].map((name, i) => {
    const at = [0, 0.5, 0, 2][i] as number
    // The engine of now finds those of a far apart, and those of b near.
    return { ...image(name, at), descriptor: descriptorAt([0, 3, 0, 0][i] as number) }
  })
  const keys = Object.fromEntries(second.decide(seen, nobody))
  assert.deepEqual(Object.values(keys), ['a', 'a', 'b', 'b_2'])
  await writeFile(join(folder.path, 'people.json'), '{')
  const third = open(folder.path)
  await third.load()
  assert.deepEqual(decided(third, image('a_1.jpg', 0)), { 'a_1.jpg': 'a' })
})
