import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { openComparison } from '../../src/engine/onnx/comparison.ts'
import { compareInJavaScript, KnownFaces } from '../../src/gallery/known-faces.ts'
import { descriptorAt } from '../support/descriptors.ts'
import { galleryOf } from '../support/galleries.ts'
import { plainMatch } from '../support/plain-match.ts'

/** Seeded numbers between −0.1 and 0.1, as those of an embedding are. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state / 2 ** 32 / 5 - 0.1
  }
}
const source = numbers(4)
const randomDescriptor = () => Float32Array.from({ length: 128 }, () => source.next().value)

const facesOf = (faces: [person: number, descriptor: Float32Array][]) =>
  galleryOf(
    'test',
    faces.map(([person, descriptor], i) => ({ name: `${person}/${i}.jpg`, content: `${i}`, descriptor })),
  ).shared

const fast = await openComparison(128)
after(() => fast.close())

for (const [title, compare] of [
  ['the nets’ library', fast.compare],
  ['plain JavaScript', compareInJavaScript],
] as const) {
  describe(`faces looked up with ${title}`, () => {
    test('are those that a comparison one by one finds', async () => {
      const images = Array.from({ length: 9000 }, (_, i) => ({
        name: `person${i % 4000}x/${i}.jpg`,
        content: `${i}`,
        descriptor: randomDescriptor(),
      }))
      const gallery = galleryOf('test', images)
      const known = new KnownFaces(gallery.shared, compare)
      const queries = [...Array.from({ length: 6 }, randomDescriptor), images[8500]?.descriptor as Float32Array]
      for (const threshold of [0.6, 0.75]) {
        const found = await known.find(queries, threshold)
        for (const [i, query] of queries.entries()) {
          const { identified, nearest, runnerUp } = plainMatch(gallery, query, threshold)
          assert.equal(found[i]?.identified, identified)
          for (const [one, other] of [
            [found[i]?.nearest, nearest],
            [found[i]?.runnerUp, runnerUp],
          ] as const) {
            assert.equal(one && gallery.imageAt(one.image).imageName, other?.imageName)
            assert.equal(one?.distance, other?.distance)
          }
        }
      }
    })

    test('are those also where rough numbers tell little: long and short embeddings, copies, and crowds of the nearly same', async () => {
      for (let round = 0; round < 12; round++) {
        const centre = randomDescriptor()
        const spread = [0, 1e-4, 0.01, 0.3, 1][round % 5] as number
        const images = Array.from({ length: 300 }, (_, i) => {
          const length = i % 7 === 0 ? 10 ** ((i % 5) - 2) : 1
          const descriptor = randomDescriptor().map((value, n) => ((centre[n] as number) + spread * value) * length)
          return { name: `${`${i}`.padStart(3, '0')}x.jpg`, content: `${i}`, descriptor }
        })
        const gallery = galleryOf('test', images)
        const known = new KnownFaces(gallery.shared, compare)
        const queries = [centre, randomDescriptor(), images[200]?.descriptor as Float32Array, new Float32Array(128)]
        const found = await known.find(queries, 0.6)
        for (const [i, query] of queries.entries()) {
          const { identified, nearest, runnerUp } = plainMatch(gallery, query, 0.6)
          const names = [found[i]?.nearest, found[i]?.runnerUp].map(
            (one) => one && gallery.imageAt(one.image).imageName,
          )
          assert.deepEqual(names, [nearest?.imageName, runnerUp?.imageName], `round ${round}, query ${i}`)
          assert.equal(found[i]?.identified, identified)
        }
      }
    })

    test('are nobody where nobody is known, and have no runner-up where one person is', async () => {
      assert.deepEqual(await new KnownFaces(facesOf([]), compare).find([descriptorAt(0)], 0.6), [{ identified: false }])
      const one = facesOf([
        [0, descriptorAt(0.4)],
        [0, descriptorAt(0.2)],
      ])
      const [found] = await new KnownFaces(one, compare).find([descriptorAt(0)], 0.6)
      assert.equal(found?.nearest?.image, 1)
      assert.equal(found?.runnerUp, undefined)
      assert.deepEqual(await new KnownFaces(one, compare).find([], 0.6), [])
    })

    test('are exactly at distance 0 of themselves', async () => {
      const self = randomDescriptor()
      const [found] = await new KnownFaces(
        facesOf([
          [0, randomDescriptor()],
          [1, self],
        ]),
        compare,
      ).find([self], 0.6)
      assert.deepEqual(found?.nearest, { image: 1, distance: 0 })
    })

    test('need the mean of a person with two images within the threshold, too', async () => {
      const known = new KnownFaces(
        facesOf([
          [0, descriptorAt(0.3)],
          [1, descriptorAt(0.5, 1)],
          [0, descriptorAt(0.9)],
        ]),
        compare,
      )
      const [near] = await known.find([descriptorAt(0)], 0.59)
      assert.equal(near?.identified, false)
      assert.equal(near?.nearest?.image, 0)
      assert.equal(near?.runnerUp?.image, 1)
      assert.equal((await known.find([descriptorAt(0)], 0.61))[0]?.identified, true)
    })
  })
}
