import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ImageUnreadableError } from '@livepods/images'
import sharp from 'sharp'
import { decode } from '../../src/engine/decode.ts'
import { whitePng } from '../support/png.ts'

/** 40 × 20, left half red, right half blue. */
const halves = () =>
  sharp({ create: { width: 40, height: 20, channels: 3, background: '#f00' } }).composite([
    { input: { create: { width: 20, height: 20, channels: 3, background: '#00f' } }, left: 20, top: 0 },
  ])

async function colourAt(bytes: Buffer, x: number, y: number): Promise<'red' | 'blue' | 'other'> {
  const { picture } = await decode(bytes)
  const at = (Math.floor(y * picture.height) * picture.width + Math.floor(x * picture.width)) * 3
  const [red = 0, , blue = 0] = picture.data.subarray(at, at + 3)
  if (red > 2 * blue) return 'red'
  return blue > 2 * red ? 'blue' : 'other'
}

const formats: [title: string, bytes: () => Promise<Buffer>][] = [
  ['JPEG', () => halves().jpeg().toBuffer()],
  ['progressive JPEG', () => halves().jpeg({ progressive: true }).toBuffer()],
  ['CMYK JPEG', () => halves().toColourspace('cmyk').jpeg().toBuffer()],
  ['PNG', () => halves().png().toBuffer()],
  ['PNG with a palette', () => halves().png({ palette: true }).toBuffer()],
  ['PNG with 16 bits', () => halves().toColourspace('rgb16').png().toBuffer()],
  ['PNG with transparency', () => halves().ensureAlpha(0.5).png().toBuffer()],
  ['WebP', () => halves().webp().toBuffer()],
  ['GIF', () => halves().gif().toBuffer()],
  ['TIFF', () => halves().tiff().toBuffer()],
  ['AVIF', () => halves().avif().toBuffer()],
]
for (const [title, bytes] of formats) {
  test(`a ${title} becomes 3 × 8 bit of the same colours`, async () => {
    const file = await bytes()
    const { picture, width, height } = await decode(file)
    assert.deepEqual([width, height, picture.data.length], [40, 20, 40 * 20 * 3])
    assert.deepEqual([await colourAt(file, 0.2, 0.5), await colourAt(file, 0.8, 0.5)], ['red', 'blue'])
  })
}

test('a grey picture has three channels, too', async () => {
  const { picture } = await decode(await halves().greyscale().png().toBuffer())
  assert.equal(picture.data.length, 40 * 20 * 3)
})

/** Where red lies in a picture that EXIF says to turn. */
const orientations: [orientation: number, size: [number, number], red: [number, number]][] = [
  [1, [40, 20], [0.2, 0.5]],
  [2, [40, 20], [0.8, 0.5]],
  [3, [40, 20], [0.8, 0.5]],
  [4, [40, 20], [0.2, 0.5]],
  [5, [20, 40], [0.5, 0.2]],
  [6, [20, 40], [0.5, 0.2]],
  [7, [20, 40], [0.5, 0.8]],
  [8, [20, 40], [0.5, 0.8]],
]
for (const [orientation, size, red] of orientations) {
  test(`a picture with EXIF orientation ${orientation} is turned upright, its size as well`, async () => {
    const file = await halves().jpeg().withMetadata({ orientation }).toBuffer()
    const { width, height } = await decode(file)
    assert.deepEqual([width, height], size)
    assert.equal(await colourAt(file, ...red), 'red')
  })
}

test('a large picture is made smaller, and its own size is told', async () => {
  const { picture, width, height } = await decode(whitePng(6400, 3200))
  assert.deepEqual([width, height], [6400, 3200])
  assert.deepEqual([picture.width, picture.height], [1600, 800])
})

test('pictures of one pixel, and 3 pixels high, are pictures', async () => {
  assert.equal((await decode(whitePng(1, 1))).picture.data.length, 3)
  assert.equal((await decode(whitePng(60_000, 3))).picture.height, 1)
})

test('of an animation the first frame counts', async () => {
  const frames = await Promise.all(['#f00', '#00f'].map((background) => frame(background)))
  const file = await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer()
  assert.equal((await decode(file)).height, 8)
  assert.equal(await colourAt(file, 0.5, 0.5), 'red')
})

const frame = (background: string) =>
  sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toBuffer()
const noise = () =>
  sharp({
    create: {
      width: 400,
      height: 400,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })

const hostile: [title: string, bytes: () => Promise<Buffer> | Buffer, sentence: RegExp][] = [
  ['nothing', () => Buffer.alloc(0), /empty/],
  ['a text that is called .jpg', () => Buffer.from('I am a picture. Really.'), /not a JPEG/],
  ['three bytes of a JPEG', () => Buffer.from([0xff, 0xd8, 0xff]), /broken/],
  ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), /not a JPEG/],
  ['a PDF', () => Buffer.from('%PDF-1.7\n'), /not a JPEG/],
  ['a HEIC', () => Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), /HEIC/],
  ['a JPEG that is cut off', async () => half(await noise().jpeg().toBuffer()), /broken/],
  ['a PNG that is cut off', async () => half(await noise().png().toBuffer()), /broken/],
  ['a WebP that is cut off', async () => half(await noise().webp().toBuffer()), /broken/],
  ['a PNG with a wrong check sum', async () => flipped(await noise().png().toBuffer()), /broken/],
  ['a bomb of 65 million pixels in 10 kB', () => whitePng(13_000, 5000), /65\.0 megapixels; the limit is 64/],
  ['a bomb of 400 million pixels', () => whitePng(20_000, 20_000), /400 megapixels; the limit is 64/],
]
for (const [title, bytes, sentence] of hostile) {
  test(`${title} is unreadable, with a sentence and soon`, async () => {
    const file = await bytes()
    const before = process.cpuUsage()
    await assert.rejects(
      decode(file),
      (error: Error) => error instanceof ImageUnreadableError && sentence.test(error.message),
    )
    const { user, system } = process.cpuUsage(before)
    assert.ok((user + system) / 1e6 < 1, `${(user + system) / 1e6} s`)
  })
}

test('a picture of 64 million pixels is just small enough', async () => {
  assert.equal((await decode(whitePng(12_800, 5000))).width, 12_800)
})

function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length / 2)
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  const at = Math.floor(copy.length / 2)
  copy[at] = 255 - (copy[at] as number)
  return copy
}
