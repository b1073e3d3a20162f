import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import sharp, { type Sharp } from 'sharp'
import { describe as describeFaces } from '../../src/engine/describe.ts'
import { openOnnx } from '../../src/engine/onnx.ts'
import type { Face } from '../../src/engine/recogniser.ts'
import { distanceOf } from '../../src/gallery/shared-gallery.ts'
import { samples } from '../support/samples.ts'

const engine = await openOnnx()
after(() => engine.close())
const describe = (bytes: Buffer) => describeFaces(engine, bytes)

/** A face with room around it. */
const portrait = await sharp(readFileSync(join(samples, 'sample1.jpg')))
  .extract({ left: 350, top: 260, width: 330, height: 400 })
  .png()
  .toBuffer()
const original = (await describe(portrait)).faces[0] as Face

async function distanceTo(bytes: Buffer): Promise<number> {
  const { faces } = await describe(bytes)
  assert.equal(faces.length, 1)
  return distanceOf((faces[0] as Face).descriptor, original.descriptor)
}

const variants: [title: string, most: number, variant: (picture: Sharp) => Sharp][] = [
  ['a JPEG', 0.1, (picture) => picture.jpeg()],
  ['a CMYK JPEG', 0.15, (picture) => picture.toColourspace('cmyk').jpeg()],
  ['a JPEG with a wide colour profile', 0.1, (picture) => picture.withIccProfile('p3').jpeg()],
  ['a PNG with 16 bits', 0.05, (picture) => picture.toColourspace('rgb16').png()],
  ['a PNG with a palette', 0.25, (picture) => picture.png({ palette: true })],
  ['a half transparent PNG', 0.05, (picture) => picture.ensureAlpha(0.5).png()],
  ['a grey PNG', 0.35, (picture) => picture.greyscale().png()],
  ['a WebP', 0.15, (picture) => picture.webp()],
  ['a GIF', 0.25, (picture) => picture.gif()],
  ['a TIFF', 0.05, (picture) => picture.tiff({ compression: 'lzw' })],
  ['an AVIF', 0.2, (picture) => picture.avif({ effort: 0 })],
  ['a picture twice as large', 0.15, (picture) => picture.resize({ width: 660 }).png()],
  ['a picture of half the size', 0.25, (picture) => picture.resize({ width: 165 }).png()],
]
for (const [title, most, variant] of variants) {
  test(`the face on ${title} is nearly the same`, async () => {
    const distance = await distanceTo(await variant(sharp(portrait)).toBuffer())
    assert.ok(distance <= most, `${distance}`)
  })
}

/** What EXIF says, and how a picture must lie in the file so that it is upright then. */
const stored: [orientation: number, store: (picture: Sharp) => Sharp][] = [
  [2, (picture) => picture.flop()],
  [3, (picture) => picture.rotate(180)],
  [4, (picture) => picture.flip()],
  [5, (picture) => picture.rotate(270).flop()],
  [6, (picture) => picture.rotate(270)],
  [7, (picture) => picture.rotate(90).flop()],
  [8, (picture) => picture.rotate(90)],
]
for (const [orientation, store] of stored) {
  test(`the face on a picture stored with EXIF orientation ${orientation} is nearly the same`, async () => {
    // Turned first and written after, since sharp mirrors before it turns.
    const turned = await store(sharp(portrait)).png().toBuffer()
    const file = await sharp(turned).jpeg({ quality: 95 }).withMetadata({ orientation }).toBuffer()
    const distance = await distanceTo(file)
    assert.ok(distance <= 0.1, `${distance}`)
  })
}

test('of an animation the face of the first frame counts', async () => {
  const frames = [
    portrait,
    await sharp({ create: { width: 330, height: 400, channels: 3, background: '#fff' } })
      .png()
      .toBuffer(),
  ]
  const file = await sharp(frames, { join: { animated: true } })
    .webp()
    .toBuffer()
  assert.ok((await distanceTo(file)) <= 0.15)
})

test('all of 30 faces are found and described, the same each time', async () => {
  const small = await sharp(portrait).resize(206, 250).png().toBuffer()
  const places = Array.from({ length: 30 }, (_, i) => ({
    input: small,
    left: (i % 6) * 250 + 20,
    top: Math.floor(i / 6) * 280 + 15,
  }))
  const crowd = sharp({ create: { width: 1520, height: 1420, channels: 3, background: '#777' } }).composite(places)
  const { faces } = await describe(await crowd.png().toBuffer())
  assert.equal(faces.length, 30)
  for (const { descriptor } of faces) assert.ok(distanceOf(descriptor, original.descriptor) < 0.35)
})

test('half a face is an answer, whatever it is', async () => {
  for (const [left, top, width, height] of [
    [0, 0, 165, 400],
    [165, 0, 165, 400],
    [0, 0, 330, 200],
    [0, 200, 330, 200],
  ] as const) {
    const { faces } = await describe(await sharp(portrait).extract({ left, top, width, height }).png().toBuffer())
    for (const { box, descriptor } of faces) {
      assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= 1 && box.y + box.height <= 1)
      assert.ok(descriptor.every(Number.isFinite))
    }
  }
})
