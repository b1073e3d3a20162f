import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import sharp, { type Sharp } from 'sharp'
import { describe as describeFaces } from '../../../src/engine/describe.ts'
import type { Engine } from '../../../src/engine/engine.ts'
import { openOpencv } from '../../../src/engine/opencv.ts'
import type { Face } from '../../../src/engine/recogniser.ts'
import { distanceOf } from '../../../src/gallery/shared-gallery.ts'
import { models, withoutModels } from '../../support/opencv-models.ts'
import { samples } from '../../support/samples.ts'

/** Three women each; the right one of the first photo is the middle one of the second, her head tilted by 44°. */
const [first, second] = [1, 3].map((number) => readFileSync(join(samples, `sample${number}.jpg`))) as [Buffer, Buffer]

describe('the engine opencv', { skip: withoutModels }, () => {
  let engine: Engine
  let upright: Face[]
  let tilted: Face[]
  const facesOf = async (bytes: Buffer) =>
    (await describeFaces(engine, bytes, { withinMs: Number.POSITIVE_INFINITY })).faces.toSorted(
      (one, other) => one.box.x - other.box.x,
    )
  before(async () => {
    engine = await openOpencv(models)
    upright = await facesOf(first)
    tilted = await facesOf(second)
  })
  after(() => engine.close())
  /** How far the face of the picture that is nearest to this one is from it. */
  const nearest = (face: Face, faces: Face[]) =>
    Math.min(...faces.map(({ descriptor }) => distanceOf(face.descriptor, descriptor)))

  test('the same woman with her head tilted is near, all others are far', () => {
    assert.deepEqual([upright.length, tilted.length], [3, 3])
    for (const [i, one] of upright.entries())
      for (const [j, other] of tilted.entries()) {
        const distance = distanceOf(one.descriptor, other.descriptor)
        assert.ok(i === 2 && j === 1 ? distance < 0.5 : distance > 0.62, `${i} ${j} ${distance}`)
      }
  })

  test('embeddings have all the same norm, so that the usual thresholds hold', () => {
    for (const { descriptor } of [...upright, ...tilted]) {
      const norm = Math.hypot(...descriptor)
      assert.ok(descriptor.length === 128 && Math.abs(norm - 0.53) < 1e-6, `${norm}`)
    }
  })

  for (const degrees of [-60, -45, -30, 30, 45]) {
    test(`a face turned by ${degrees}° is nearly the same`, async () => {
      const { box } = upright[0] as Face
      const room = { left: box.x - box.width * 0.6, top: box.y - box.height * 0.6 }
      const portrait = await sharp(first)
        .extract({
          left: Math.round(room.left * 1920),
          top: Math.round(room.top * 1280),
          width: Math.round(box.width * 2.2 * 1920),
          height: Math.round(box.height * 2.2 * 1280),
        })
        .png()
        .toBuffer()
      const faces = await facesOf(await sharp(portrait).rotate(degrees, { background: '#000' }).png().toBuffer())
      assert.equal(faces.length, 1)
      assert.ok(nearest(upright[0] as Face, faces) < 0.2)
    })
  }

  const changes: [what: string, most: number, change: (picture: Sharp) => Sharp][] = [
    ['lies turned by 90°', 0.2, (picture) => picture.rotate(90)],
    ['lies turned by 180°', 0.2, (picture) => picture.rotate(180)],
    ['lies turned by 270°', 0.2, (picture) => picture.rotate(270)],
    ['is dark', 0.3, (picture) => picture.linear(0.18, 0)],
    ['is overexposed', 0.5, (picture) => picture.linear(1.9, 25)],
    ['is small', 0.45, (picture) => picture.resize(480)],
  ]
  for (const [what, most, change] of changes) {
    test(`the people of a photo that ${what} are recognised`, async () => {
      const faces = await facesOf(await change(sharp(second)).png().toBuffer())
      assert.equal(faces.length, 3)
      for (const woman of tilted) assert.ok(nearest(woman, faces) < most, `${nearest(woman, faces)}`)
    })
  }

  test('faces that are far away are found', async () => {
    const small = await sharp(second).resize(480).png().toBuffer()
    const far = sharp({ create: { width: 2400, height: 1800, channels: 3, background: { r: 110, g: 118, b: 122 } } })
    const faces = await facesOf(
      await far
        .composite([{ input: small, left: 1500, top: 900 }])
        .jpeg()
        .toBuffer(),
    )
    assert.equal(faces.length, 3)
    for (const { box } of faces) assert.ok(box.x > 1500 / 2400 && box.y > 900 / 1800 && box.height < 0.05)
  })

  test('so are those that only a look at all that the file has can show', async () => {
    const small = await sharp(first).resize(300).png().toBuffer()
    const far = sharp({ create: { width: 2667, height: 2000, channels: 3, background: { r: 110, g: 118, b: 122 } } })
    const faces = await facesOf(
      await far
        .composite([{ input: small, left: 1500, top: 900 }])
        .jpeg()
        .toBuffer(),
    )
    assert.equal(faces.length, 3)
    for (const woman of upright) assert.ok(nearest(woman, faces) < 0.5, `${nearest(woman, faces)}`)
  })

  test('a face that fills the picture is found, and a picture without one has none', async () => {
    for (const { box } of upright) {
      const [left, top] = [Math.round(box.x * 1920), Math.round(box.y * 1280)]
      const close = sharp(first).extract({
        left,
        top,
        width: Math.round(box.width * 1920),
        height: Math.round(box.height * 1280),
      })
      assert.equal((await facesOf(await close.png().toBuffer())).length, 1)
    }
    const plain = sharp({ create: { width: 640, height: 480, channels: 3, background: '#777' } })
    assert.deepEqual(await facesOf(await plain.png().toBuffer()), [])
  })
})
