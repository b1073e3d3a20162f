import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import sharp from 'sharp'
import { describe as describeFaces } from '../../src/engine/describe.ts'
import { openOnnx } from '../../src/engine/onnx.ts'
import type { Face } from '../../src/engine/recogniser.ts'
import { distanceOf } from '../../src/gallery/shared-gallery.ts'
import { whitePng } from '../support/png.ts'
import { samples } from '../support/samples.ts'

const sample = (number: number) => readFileSync(join(samples, `sample${number}.jpg`))
const engine = await openOnnx()
after(() => engine.close())
const describe = (bytes: Buffer) => describeFaces(engine, bytes)
const described = await Promise.all([1, 3].map((number) => describe(sample(number))))
const [first, third] = described as [Awaited<ReturnType<typeof describe>>, Awaited<ReturnType<typeof describe>>]

/** The face whose box holds a point, in fractions of the picture. */
function faceAt(faces: Face[], x: number): Face {
  const face = faces.find(({ box }) => box.x < x && x < box.x + box.width)
  assert.ok(face, `no face at ${x}`)
  return face
}

test('a picture has its size, and its faces come largest first with boxes inside of it', () => {
  assert.deepEqual([first.width, first.height, first.faces.length], [1920, 1280, 3])
  const areas = first.faces.map(({ box }) => box.width * box.height)
  assert.deepEqual(
    areas,
    areas.toSorted((one, other) => other - one),
  )
  for (const { box, score, descriptor } of first.faces) {
    assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= 1 && box.y + box.height <= 1)
    assert.ok(score >= 0.5 && score <= 1)
    assert.equal(descriptor.length, 128)
  }
})

test('the same woman with her head tilted by 44° is near, strangers are far', () => {
  const upright = faceAt(first.faces, 1320 / 1600)
  const tilted = faceAt(third.faces, 984 / 1600)
  assert.ok(distanceOf(upright.descriptor, tilted.descriptor) < 0.46)
  for (const stranger of [...first.faces, ...third.faces].filter((face) => face !== upright && face !== tilted)) {
    assert.ok(distanceOf(stranger.descriptor, upright.descriptor) > 0.53)
    assert.ok(distanceOf(stranger.descriptor, tilted.descriptor) > 0.53)
  }
})

for (const degrees of [-45, -30, -15, 15, 30, 45]) {
  test(`a picture turned by ${degrees}° gives nearly the same descriptor`, async () => {
    const face = faceAt(first.faces, 420 / 1600)
    const turned = await sharp(await closeUp(face))
      .rotate(degrees, { background: '#000' })
      .png()
      .toBuffer()
    const [found] = (await describe(turned)).faces
    assert.ok(distanceOf((found as Face).descriptor, face.descriptor) < 0.2)
  })
}

test('a face that fills the picture is found', async () => {
  for (const face of first.faces) {
    const [found] = (await describe(await closeUp(face, 0))).faces
    assert.ok(found, 'no face on the close-up')
    assert.ok(distanceOf(found.descriptor, face.descriptor) < 0.3)
  }
})

test('EXIF orientation is obeyed: a picture stored sideways gives the same faces', async () => {
  const sideways = await sharp(sample(1)).rotate(270).jpeg({ quality: 95 }).withMetadata({ orientation: 6 }).toBuffer()
  const { width, height, faces } = await describe(sideways)
  assert.deepEqual([width, height, faces.length], [1920, 1280, 3])
  for (const face of first.faces) {
    const [nearest = 1] = faces.map(({ descriptor }) => distanceOf(descriptor, face.descriptor)).sort()
    assert.ok(nearest < 0.1)
  }
})

test('a picture without a face has none', async () => {
  assert.deepEqual((await describe(whitePng(300, 200))).faces, [])
  assert.deepEqual((await describe(whitePng(1, 1))).faces, [])
})

test('the same picture gives the same embeddings', async () => {
  const again = await describe(sample(1))
  for (const [i, face] of again.faces.entries())
    assert.equal(distanceOf(face.descriptor, (first.faces[i] as Face).descriptor), 0)
})

/** The face cut out of sample 1, with `room` of its size around it. */
async function closeUp({ box }: Face, room = 0.6): Promise<Buffer> {
  const left = Math.max(0, Math.round((box.x - box.width * room) * 1920))
  const top = Math.max(0, Math.round((box.y - box.height * room) * 1280))
  const width = Math.min(1920 - left, Math.round(box.width * (1 + 2 * room) * 1920))
  const height = Math.min(1280 - top, Math.round(box.height * (1 + 2 * room) * 1280))
  return await sharp(sample(1)).extract({ left, top, width, height }).png().toBuffer()
}
