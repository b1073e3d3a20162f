import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import sharp from 'sharp'
import { decode, FINER_SIDE } from '../../src/engine/decode.ts'
import { describe as describeFaces } from '../../src/engine/describe.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { findFaces } from '../../src/engine/find-faces.ts'
import { LookBudget } from '../../src/engine/look-budget.ts'
import { openOnnx } from '../../src/engine/onnx.ts'
import { openOpencv } from '../../src/engine/opencv.ts'
import type { Face } from '../../src/engine/recogniser.ts'
import { distanceOf } from '../../src/gallery/shared-gallery.ts'
import { models, withoutModels } from '../support/opencv-models.ts'
import { samples } from '../support/samples.ts'

const photo = join(samples, 'sample3.jpg')
/** One of the women on it, her face in the middle of a square. */
const head = await sharp(photo).extract({ left: 970, top: 100, width: 560, height: 560 }).png().toBuffer()

/** Her head in so many columns and rows, so many pixels apart. */
async function heads(columns: number, rows: number, apart: number): Promise<Buffer> {
  const input = await sharp(head).resize(apart, apart).png().toBuffer()
  return await sharp({ create: { width: columns * apart, height: rows * apart, channels: 3, background: '#777' } })
    .composite([{ input, tile: true, left: 0, top: 0 }])
    .jpeg()
    .toBuffer()
}

function mandelbrot(width: number, height: number): Uint8Array {
  const numbers = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) {
    const [cx, cy] = [((i % width) / width) * 0.3 - 0.9, (Math.floor(i / width) / height) * 0.25 + 0.05]
    let [x, y, steps] = [0, 0, 0]
    while (x * x + y * y < 4 && steps < 200) {
      ;[x, y] = [x * x - y * y + cx, 2 * x * y + cy]
      steps++
    }
    numbers.set([(steps * 7) & 255, (steps * 3) & 255, (steps * 13) & 255], 3 * i)
  }
  return numbers
}

function noise(width: number, height: number): Uint8Array {
  let state = 1
  return new Uint8Array(width * height * 3).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
}

const asJpeg = (numbers: Uint8Array, width: number, height: number) =>
  sharp(numbers, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer()

/** Counts the pixels of all canvases. */
class CountedBudget extends LookBudget {
  pixels = 0

  override take(pixels: number): boolean {
    this.pixels += pixels
    return super.take(pixels)
  }

  override spend(pixels: number, now?: number): boolean {
    const isGranted = super.spend(pixels, now)
    if (isGranted) this.pixels += pixels
    return isGranted
  }
}

/** 12 × 512² for far and turned looks, and those that every picture gets, twice when it is turned. */
const MOST_PIXELS = 16 * 512 ** 2

/** `tiny`: of 2000 faces of some 30 pixels, of which the canvas has 20, so many are seen at least. */
const engines = [
  { name: 'onnx', tiny: 1, open: () => openOnnx(), skip: false },
  { name: 'opencv', tiny: 1000, open: () => openOpencv(models), skip: withoutModels },
] as const

for (const { name, tiny, open, skip } of engines) {
  describe(`pictures that are hard on the engine ${name}`, { skip }, () => {
    let engine: Engine
    let woman: Face
    before(async () => {
      engine = await open()
      woman = (await describeFaces(engine, head)).faces[0] as Face
    })
    after(() => engine.close())
    const pixelsOf = async (bytes: Buffer) => {
      const { picture, width, height } = await decode(bytes)
      const budget = new CountedBudget({ withinMs: Number.POSITIVE_INFINITY })
      const finer = async () =>
        Math.max(width, height) > Math.max(picture.width, picture.height)
          ? (await decode(bytes, { maxSide: FINER_SIDE })).picture
          : undefined
      const { pyramid } = await findFaces(engine, picture, { budget, originalSide: Math.max(width, height), finer })
      pyramid.release()
      return budget.pixels
    }
    const facesOf = async (bytes: Buffer) => await describeFaces(engine, bytes, { withinMs: Number.POSITIVE_INFINITY })

    for (const [what, bytes] of [
      ['noise', asJpeg(noise(2000, 1500), 2000, 1500)],
      ['a fractal', asJpeg(mandelbrot(2000, 1500), 2000, 1500)],
    ] as const) {
      test(`${what} costs no more than a photo may, and is nobody`, async () => {
        assert.ok((await pixelsOf(await bytes)) <= MOST_PIXELS)
        const { faces } = await facesOf(await bytes)
        assert.ok(faces.length <= 2, `${faces.length}`)
        for (const { descriptor } of faces) assert.ok(distanceOf(descriptor, woman.descriptor) > 0.6)
      })
    }

    test('of 2000 tiny faces as many are described as may be, and the others are counted', async () => {
      const bytes = await heads(50, 40, 64)
      assert.ok((await pixelsOf(bytes)) <= MOST_PIXELS)
      const { faces, moreFaces = 0 } = await facesOf(bytes)
      assert.ok(faces.length >= Math.min(64, tiny) && faces.length <= 64, `${faces.length}`)
      assert.ok(faces.length + moreFaces >= tiny, `${faces.length} and ${moreFaces} more`)
    })

    test('a crowd of 64 megapixels is seen', async () => {
      const bytes = await heads(10, 10, 800)
      assert.ok((await pixelsOf(bytes)) <= MOST_PIXELS)
      const { faces, moreFaces = 0 } = await facesOf(bytes)
      assert.equal(faces.length, 64)
      assert.ok(moreFaces >= 30, `${moreFaces}`)
      const hers = faces.filter(({ descriptor }) => distanceOf(descriptor, woman.descriptor) < 0.6)
      assert.ok(hers.length >= 60, `${hers.length}`)
    })

    test('on a wall of posters each one is seen once', async () => {
      const bytes = await heads(5, 3, 560)
      assert.ok((await pixelsOf(bytes)) <= MOST_PIXELS)
      const { faces, moreFaces = 0 } = await facesOf(bytes)
      assert.deepEqual([faces.length, moreFaces], [15, 0])
      for (const { descriptor } of faces) assert.ok(distanceOf(descriptor, woman.descriptor) < 0.6)
    })
  })
}
