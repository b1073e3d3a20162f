import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import sharp from 'sharp'
import { type DescribeOptions, describe as describeFaces } from '../../src/engine/describe.ts'
import { openOnnx } from '../../src/engine/onnx.ts'
import type { Box, Face } from '../../src/engine/recogniser.ts'
import { distanceOf } from '../../src/gallery/shared-gallery.ts'
import { samples } from '../support/samples.ts'

const engine = await openOnnx()
after(() => engine.close())
const describe = (bytes: Buffer, options?: DescribeOptions) =>
  describeFaces(engine, bytes, { withinMs: Number.POSITIVE_INFINITY, ...options })

/** Three women, their faces 290 pixels high of 1350, one tilted. */
const photo = readFileSync(join(samples, 'sample3.jpg'))
const { faces: women } = await describe(photo)
const small = await sharp(photo).resize(480).png().toBuffer()

/** How many of the women are on it, by their embeddings. */
async function womenOn(bytes: Buffer): Promise<number> {
  const { faces } = await describe(bytes)
  return women.filter((woman) => faces.some(({ descriptor }) => distanceOf(descriptor, woman.descriptor) < 0.6)).length
}

const grey = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: 110, g: 118, b: 122 } } })

test('faces that are far away are found, and described in the detail that the file has', async () => {
  const far = await grey(2400, 1800)
    .composite([{ input: small, left: 1500, top: 900 }])
    .jpeg()
    .toBuffer()
  const { width, height, faces } = await describe(far)
  assert.deepEqual([width, height, faces.length], [2400, 1800, 3])
  for (const { box } of faces) assert.ok(box.x > 1500 / 2400 && box.y > 900 / 1800 && box.height < 0.05)
  assert.equal(await womenOn(far), 3)
})

test('a picture with far faces is not turned for something that looks like one large face on its side', async () => {
  const five = await sharp(join(samples, 'sample5.jpg')).resize(309).png().toBuffer()
  const far = await grey(1667, 1250)
    .composite([{ input: five, left: 93, top: 1008 }])
    .jpeg({ quality: 90 })
    .toBuffer()
  const { faces } = await describe(far)
  assert.equal(faces.length, 5)
  for (const { box } of faces) assert.ok(box.height < 0.06, `${box.height}`)
})

test('a face in a panorama is found', async () => {
  const narrow = await sharp(photo).resize({ height: 300 }).png().toBuffer()
  const panorama = await grey(6000, 300)
    .composite([{ input: narrow, left: 2000, top: 0 }])
    .jpeg()
    .toBuffer()
  assert.equal((await describe(panorama)).faces.length, 3)
})

const damages = {
  dark: sharp(photo).linear(0.18, 0),
  flat: sharp(photo).linear(0.2, 100),
  overexposed: sharp(photo).linear(1.9, 25),
}
for (const [damage, picture] of Object.entries(damages)) {
  test(`the faces of a photo that is ${damage} are found`, async () => {
    assert.equal((await describe(await picture.jpeg().toBuffer())).faces.length, 3)
  })
}

test('the people of a flat photo are recognised: their landmarks are found as on the photo with contrast', async () => {
  const group = await sharp(join(samples, 'sample4.jpg')).resize(1600).png().toBuffer()
  const { faces: before } = await describe(group)
  const { faces } = await describe(await sharp(group).linear(0.2, 100).jpeg({ quality: 90 }).toBuffer())
  const nearest = before.map(({ descriptor }) =>
    Math.min(...faces.map((face) => distanceOf(face.descriptor, descriptor))),
  )
  assert.equal(nearest.length, 4)
  for (const distance of nearest) assert.ok(distance < 0.6, `${nearest}`)
})

/** Where the box lies after the picture was turned. */
const after90 = ({ x, y, width, height }: Box): Box => ({ x: 1 - y - height, y: x, width: height, height: width })

/** Intersection over union. */
function overlap(one: Box, other: Box): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y)
  const common = Math.max(0, width) * Math.max(0, height)
  return common / (one.width * one.height + other.width * other.height - common)
}

for (const degrees of [90, 180, 270]) {
  test(`the people of a photo that lies turned by ${degrees}° are recognised, and their boxes are where they are`, async () => {
    const bytes = await sharp(await sharp(photo).rotate(degrees).png().toBuffer())
      .jpeg()
      .toBuffer()
    const { faces } = await describe(bytes)
    assert.equal(faces.length, 3)
    assert.equal(await womenOn(bytes), 3)
    for (const woman of women) {
      let meant = woman.box
      for (let turn = 0; turn < degrees; turn += 90) meant = after90(meant)
      const distanceTo = ({ descriptor }: Face) => distanceOf(descriptor, woman.descriptor)
      const { box } = faces.toSorted((one, other) => distanceTo(one) - distanceTo(other))[0] as Face
      assert.ok(overlap(box, meant) > 0.5)
    }
  })
}

test('of more faces than are described the largest are, and the answer says how many more there are', async () => {
  const { faces, moreFaces } = await describe(photo, { maxFaces: 2 })
  assert.deepEqual([faces.length, moreFaces], [2, 1])
  const area = ({ width, height }: Box) => width * height
  assert.ok(Math.min(...faces.map(({ box }) => area(box))) >= Math.min(...women.map(({ box }) => area(box))))
})

/** Noise, the same every time. */
function noise(length: number): Uint8Array {
  let state = 1
  return Buffer.alloc(length).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
}

const bad: [what: string, picture: () => Promise<Buffer>, mostFaces: number][] = [
  [
    'noise',
    () =>
      sharp(noise(3000 * 2000 * 3), { raw: { width: 3000, height: 2000, channels: 3 } })
        .jpeg()
        .toBuffer(),
    2,
  ],
  [
    '2000 tiny faces',
    async () => {
      const { box } = women[0] as (typeof women)[0]
      const face = await sharp(photo)
        .extract({
          left: Math.round(box.x * 1920) - 20,
          top: Math.round(box.y * 1350) - 20,
          width: Math.round(box.width * 1920) + 40,
          height: Math.round(box.height * 1350) + 40,
        })
        .resize(24, 30)
        .png()
        .toBuffer()
      const tile = await grey(32, 38)
        .composite([{ input: face, left: 4, top: 4 }])
        .png()
        .toBuffer()
      return await grey(1600, 1520)
        .composite([{ input: tile, tile: true, left: 0, top: 0 }])
        .jpeg()
        .toBuffer()
    },
    64,
  ],
]
for (const [what, picture, mostFaces] of bad) {
  test(`a picture of ${what} is looked at within the bounds`, async () => {
    const { faces } = await describe(await picture())
    assert.ok(faces.length <= mostFaces, `${faces.length} faces`)
  })
}
