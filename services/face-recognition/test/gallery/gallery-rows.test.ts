import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Gallery, KnownImage } from '../../src/gallery/gallery.ts'
import { GalleryRows } from '../../src/gallery/gallery-rows.ts'
import { compareInJavaScript, KnownFaces } from '../../src/gallery/known-faces.ts'
import { personOf } from '../../src/gallery/known-person.ts'
import { CHUNK_ROWS, distanceOf } from '../../src/gallery/shared-gallery.ts'
import { galleryOf, namesIn } from '../support/galleries.ts'
import { plainMatch } from '../support/plain-match.ts'

let state = 5
const random = (below: number) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}
/** As far as these embeddings are apart: so the mean over a person's images decides who is identified. */
const THRESHOLD = 0.9
const randomDescriptor = () => Float32Array.from({ length: 128 }, () => random(2000) / 10_000 - 0.1)

/** Some images, each with its row. */
class Album {
  readonly rows = new GalleryRows('e')
  readonly images = new Map<string, KnownImage & { row: number }>()

  add(image: KnownImage): void {
    this.images.set(image.name, { ...image, row: this.rows.add(image) })
  }

  remove(image: KnownImage & { row: number }): void {
    this.images.delete(image.name)
    this.rows.remove(image.row, image)
  }

  random(): KnownImage & { row: number } {
    return [...this.images.values()][random(this.images.size)] as KnownImage & { row: number }
  }
}

/** What a face looks like, by the plainest way. */
function nearestIn(images: KnownImage[], face: Float32Array): { nearest?: string; runnerUp?: string } {
  const sorted = images
    .map(({ name, descriptor }) => ({ name, person: personOf(name), distance: distanceOf(descriptor, face) }))
    .sort((one, other) => one.distance - other.distance)
  const [nearest] = sorted
  const runnerUp = sorted.find(({ person }) => person !== nearest?.person)
  return { ...(nearest && { nearest: nearest.name }), ...(runnerUp && { runnerUp: runnerUp.name }) }
}

async function foundIn(gallery: Gallery, faces: Float32Array[]): Promise<object[]> {
  const found = await new KnownFaces(gallery.shared, compareInJavaScript).find(faces, THRESHOLD)
  return gallery.matched(found).faces
}

test('while images are added, moved and removed, every gallery answers as if it had been made at once, also later', async () => {
  const album = new Album()
  const kept: { gallery: Gallery; images: KnownImage[] }[] = []
  const faces = Array.from({ length: 3 }, randomDescriptor)
  for (let step = 0; step < 150; step++) {
    for (let i = random(4); i > 0; i--)
      album.add({ name: `p${random(9)}x/${step}-${i}.jpg`, content: `${step} ${i}`, descriptor: randomDescriptor() })
    if (album.images.size > 0 && random(2) === 0) album.remove(album.random())
    if (album.images.size > 0 && random(2) === 0) {
      const { row, ...image } = album.random()
      album.remove({ ...image, row })
      album.add({ ...image, name: `p${random(9)}x/moved-${step}.jpg` })
    }
    kept.push({ gallery: album.rows.gallery(), images: [...album.images.values()] })
    // One of now and one of before, which a job in flight may still have.
    for (const { gallery, images } of [kept.at(-1), kept[random(kept.length)]].filter((one) => one !== undefined)) {
      const fresh = galleryOf('e', images)
      assert.equal(gallery.hash, fresh.hash)
      assert.deepEqual(namesIn(gallery), namesIn(fresh))
      assert.equal(gallery.people, new Set(images.map(({ name }) => personOf(name))).size)
      const found = await foundIn(gallery, faces)
      for (const [i, face] of faces.entries()) {
        assert.deepEqual(found[i], plainMatch(fresh, face, THRESHOLD))
        assert.deepEqual(found[i], plainMatch(gallery, face, THRESHOLD))
        const { nearest, runnerUp } = plainMatch(gallery, face, THRESHOLD)
        const names = {
          ...(nearest && { nearest: nearest.imageName }),
          ...(runnerUp && { runnerUp: runnerUp.imageName }),
        }
        assert.deepEqual(names, nearestIn(images, face))
      }
    }
  }
})

test('which of two equal images is the nearer does not depend on the order in which they came', async () => {
  const descriptor = randomDescriptor()
  const images = ['a/1.jpg', 'b/1.jpg', 'b/2.jpg', 'c/1.jpg'].map((name) => ({ name, content: 'x', descriptor }))
  const [one] = await foundIn(galleryOf('e', images), [descriptor])
  const [other] = await foundIn(galleryOf('e', images.toReversed()), [descriptor])
  assert.deepEqual(one, other)
})

test('memory that is mostly unused is given up in short turns, and the answers stay', async () => {
  const album = new Album()
  const descriptors = Array.from({ length: 50 }, randomDescriptor)
  const image = (i: number) => ({
    name: `p${i % 60}x/${i}.jpg`,
    content: `${i}`,
    descriptor: descriptors[i % 50] as Float32Array,
  })
  for (let i = 0; i < CHUNK_ROWS + 10; i++) album.add(image(i))
  const before = album.rows.gallery()
  assert.equal(await album.rows.tidy(() => {}), false)
  for (const [i, known] of [...album.images.values()].entries()) if (i >= 200 && i < CHUNK_ROWS) album.remove(known)
  const full = album.rows.gallery()
  const moved = new Map<string, number>()
  let atTurn = 0
  const turn = () => {
    assert.ok(moved.size - atTurn <= 128, `${moved.size - atTurn} rows moved in one turn`)
    atTurn = moved.size
    turning = setImmediate(turn)
  }
  let turning = setImmediate(turn)
  assert.equal(await album.rows.tidy((name, row) => moved.set(name, row)), true)
  clearImmediate(turning)
  const tidy = album.rows.gallery()
  assert.deepEqual(
    tidy.shared.chunks.map((chunk) => chunk !== undefined),
    [false, true],
  )
  assert.equal(tidy.hash, full.hash)
  assert.deepEqual([before.images, full.images, tidy.images, moved.size], [CHUNK_ROWS + 10, 210, 210, 200])
  const face = randomDescriptor()
  const [expected] = await foundIn(full, [face])
  assert.deepEqual(await foundIn(tidy, [face]), [expected])
  assert.deepEqual(album.rows.descriptor(moved.get('p7x/7.jpg') as number), descriptors[7])
  assert.equal(await album.rows.tidy(() => {}), false)
})
