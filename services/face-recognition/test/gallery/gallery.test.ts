import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Gallery } from '../../src/gallery/gallery.ts'
import { compareInJavaScript, KnownFaces } from '../../src/gallery/known-faces.ts'
import type { FaceMatch } from '../../src/gallery/matcher.ts'
import { descriptorAt } from '../support/descriptors.ts'
import { galleryOf } from '../support/galleries.ts'

const image = (name: string, distance: number, axis = 0) => ({
  name,
  content: `hash of ${name}`,
  descriptor: descriptorAt(distance, axis),
})
const face = descriptorAt(0)
const match = async (gallery: Gallery, threshold: number) => {
  const found = await new KnownFaces(gallery.shared, compareInJavaScript).find([face], threshold)
  return gallery.matched(found).faces[0] as FaceMatch
}
const round = (distance?: number) => Math.round((distance ?? Number.NaN) * 1000) / 1000

test('the nearest image names the person, the nearest of others is the runner-up', async () => {
  const gallery = galleryOf('e', [image('anna_1.jpg', 0.3), image('bob_1.jpg', 0.4, 1), image('eve_1.jpg', 0.5, 2)])
  const { identified, nearest, runnerUp } = await match(gallery, 0.6)
  assert.equal(identified, true)
  assert.deepEqual([nearest?.person, nearest?.imageName, round(nearest?.distance)], ['anna', 'anna_1.jpg', 0.3])
  assert.deepEqual([runnerUp?.person, round(runnerUp?.distance)], ['bob', 0.4])
})

test('a person with the two nearest images is not their own runner-up', async () => {
  const gallery = galleryOf('e', [image('anna_1.jpg', 0.1), image('anna_2.jpg', 0.2), image('bob_1.jpg', 0.5)])
  assert.equal((await match(gallery, 0.6)).runnerUp?.person, 'bob')
})

test('a face at the threshold is that person, one beyond it is not, and the nearest is still named', async () => {
  const gallery = galleryOf('e', [image('anna_1.jpg', 0.5)])
  assert.equal((await match(gallery, 0.5)).identified, true)
  const beyond = await match(gallery, 0.49)
  assert.equal(beyond.identified, false)
  assert.equal(beyond.nearest?.person, 'anna')
  assert.equal(beyond.runnerUp, undefined)
})

test('the mean over a person with several images must be within the threshold, too', async () => {
  const gallery = galleryOf('e', [image('anna_1.jpg', 0.5), image('anna_2.jpg', 0.9, 1)])
  assert.equal((await match(gallery, 0.6)).identified, false)
  assert.equal((await match(gallery, 0.7)).identified, true)
})

test('nobody known means nobody near', async () => {
  const gallery = galleryOf('e', [])
  assert.deepEqual(await match(gallery, 0.6), { identified: false })
  assert.equal(gallery.people, 0)
})

test('the hash depends on names, contents and engine, not on the order', () => {
  const [one, other] = [image('a_1.jpg', 0.1), image('b_1.jpg', 0.2)]
  const { hash } = galleryOf('e', [one, other])
  assert.match(hash, /^[0-9a-f]{64}$/)
  assert.equal(galleryOf('e', [other, one]).hash, hash)
  assert.notEqual(galleryOf('f', [one, other]).hash, hash)
  assert.notEqual(galleryOf('e', [one]).hash, hash)
  assert.notEqual(galleryOf('e', [one, { ...other, content: 'x' }]).hash, hash)
  assert.notEqual(galleryOf('e', [one, { ...other, name: 'c_1.jpg' }]).hash, hash)
})
