import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import sharp, { type Sharp } from 'sharp'
import { describe } from '../../src/engine/describe.ts'
import { openOnnx } from '../../src/engine/onnx.ts'
import { qualityOf } from '../../src/engine/quality.ts'
import { CHIP_SIZE } from '../../src/engine/upright-chip.ts'
import { samples } from '../support/samples.ts'

/** Below it a face is too poor to be compared well: GOOD_QUALITY of @livepods/photo. */
const GOOD = 0.5

const engine = await openOnnx()
after(() => engine.close())

/** Three women, their faces 290 pixels high of 1350. */
const photo = readFileSync(join(samples, 'sample3.jpg'))

async function qualities(picture: Sharp): Promise<number[]> {
  const { faces } = await describe(engine, await picture.png().toBuffer(), { withinMs: Number.POSITIVE_INFINITY })
  return faces.map(({ quality }) => quality)
}

test('faces that are large and sharp are good, also dark ones', async () => {
  for (const picture of [sharp(photo), sharp(photo).linear(0.18, 0)]) {
    const good = await qualities(picture)
    assert.equal(good.length, 3)
    assert.ok(Math.min(...good) >= GOOD && Math.max(...good) === 1, `${good}`)
  }
})

test('small and blurred faces are of less, and poor below what can be told from others', async () => {
  const small = await qualities(sharp(photo).resize(200))
  const blurred = await qualities(sharp(photo).blur(12))
  assert.ok(small.length > 0 && blurred.length > 0)
  for (const quality of [...small, ...blurred]) assert.ok(quality > 0 && quality < GOOD, `${quality}`)
  for (const quality of await qualities(sharp(photo).resize(400)))
    assert.ok(quality >= GOOD && quality < 1, `${quality}`)
})

test('a chip without detail has no quality, and none has more than its size', () => {
  const size = CHIP_SIZE ** 2 * 3
  assert.equal(qualityOf(new Uint8Array(size).fill(90), 1), 0)
  const slope = Uint8Array.from({ length: size }, (_, i) => Math.floor(i / 3) % CHIP_SIZE)
  assert.ok(qualityOf(slope, 1) < 0.1)
  const noise = Uint8Array.from({ length: size }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 24) & 255)
  assert.equal(qualityOf(noise, 0.1), 0.25)
})
