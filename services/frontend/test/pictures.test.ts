import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  FolderStore,
  ImageMissingError,
  ImageRoots,
  ImageUnreadableError,
  PathRefusedError,
  StoreUnavailableError,
} from '@livepods/images'
import { eventually } from '@livepods/testing'
import sharp from 'sharp'
import { Pictures } from '../src/pictures.ts'

let folder: string
let pictures: Pictures

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'livepods-pictures-'))
  const photos = new FolderStore(new ImageRoots({ unknownPeople: folder, knownPeople: folder }))
  pictures = new Pictures({ photos, maxBytes: 1024 * 1024 })
})
after(() => rm(folder, { recursive: true }))

const solid = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#336699' }, limitInputPixels: false })

test('a thumbnail fills 480 or 240 pixels, a picture has 720 to 1600', async () => {
  await writeFile(join(folder, 'wide.jpg'), await solid(2000, 1000).jpeg().toBuffer())
  await writeFile(join(folder, 'small.png'), await solid(60, 120).png().toBuffer())
  const size = async ({ webp }: { webp: Buffer }) => {
    const { format, width, height } = await sharp(webp).metadata()
    return [format, width, height]
  }
  assert.deepEqual(await size(await pictures.thumbnail('wide.jpg')), ['webp', 480, 240])
  assert.deepEqual(await size(await pictures.thumbnail('wide.jpg', 240)), ['webp', 240, 120])
  assert.deepEqual(await size(await pictures.picture('wide.jpg')), ['webp', 1600, 800])
  assert.deepEqual(await size(await pictures.thumbnail('small.png')), ['webp', 240, 480])
  assert.deepEqual(await size(await pictures.picture('small.png')), ['webp', 360, 720])
})

test('of an upload whose bytes are damaged nothing is shown or kept: that is a fault of the store, and may pass', async () => {
  const photo = await solid(200, 100).jpeg().toBuffer()
  const path = `uploads/${hash('sha256', photo)}.jpg`
  const box = { x: 0.2, y: 0.2, width: 0.4, height: 0.4 }
  await mkdir(join(folder, 'uploads'))
  await writeFile(join(folder, path), photo.subarray(0, -10))
  for (const make of [
    () => pictures.thumbnail(path),
    () => pictures.picture(path),
    () => pictures.face(path, box),
    () => pictures.portrait(path, box, 0.2),
    () => pictures.copy(path),
  ])
    await assert.rejects(make, StoreUnavailableError)
  await writeFile(join(folder, path), photo)
  assert.equal((await sharp((await pictures.thumbnail(path)).webp).metadata()).width, 480)
})

test('a photo taken with the camera turned is upright, and so are its faces', async () => {
  const left = await sharp({ create: { width: 100, height: 400, channels: 3, background: '#f00' } })
    .png()
    .toBuffer()
  // Stored: a red strip on the left. Orientation 6 says: turn it clockwise; the strip is then at the top.
  const turned = await solid(400, 400)
    .composite([{ input: left, left: 0, top: 0 }])
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  await writeFile(join(folder, 'turned.jpg'), turned)
  const redAt = async (webp: Buffer, x: number, y: number) => {
    const { data, info } = await sharp(webp).raw().toBuffer({ resolveWithObject: true })
    const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels
    return (data[at] ?? 0) > 200
  }
  const { webp } = await pictures.thumbnail('turned.jpg')
  assert.deepEqual([await redAt(webp, 0.9, 0.1), await redAt(webp, 0.1, 0.9)], [true, false])
  const top = await pictures.face('turned.jpg', { x: 0.45, y: 0.02, width: 0.1, height: 0.1 })
  const bottom = await pictures.face('turned.jpg', { x: 0.45, y: 0.85, width: 0.1, height: 0.1 })
  assert.deepEqual([await redAt(top.webp, 0.5, 0.2), await redAt(bottom.webp, 0.5, 0.5)], [true, false])
})

test('a face at the edge, or one larger than the picture, is still a square of 128 pixels', async () => {
  await writeFile(join(folder, 'edge.jpg'), await solid(300, 100).jpeg().toBuffer())
  for (const box of [
    { x: -0.1, y: -0.1, width: 0.2, height: 0.3 },
    { x: 0.95, y: 0.9, width: 0.2, height: 0.3 },
    { x: 0, y: 0, width: 1, height: 1 },
    { x: 0.5, y: 0.5, width: 0, height: 0 },
  ]) {
    const { width, height } = await sharp((await pictures.face('edge.jpg', box)).webp).metadata()
    assert.deepEqual([width, height], [128, 128])
  }
})

test('a bomb of 65 megapixels in few bytes is not decoded', async () => {
  const bomb = await solid(10_000, 6500).png({ compressionLevel: 9 }).toBuffer()
  assert.ok(bomb.length < 1024 * 1024)
  await writeFile(join(folder, 'bomb.png'), bomb)
  await assert.rejects(pictures.thumbnail('bomb.png'), ImageUnreadableError)
})

test('what is missing, not a picture, cut off, or elsewhere is refused by its name', async () => {
  const whole = await solid(800, 800).png().toBuffer()
  await writeFile(join(folder, 'cut.png'), whole.subarray(0, whole.length / 2))
  await writeFile(join(folder, 'text.jpg'), 'no picture')
  await writeFile(join(folder, 'drawing.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await assert.rejects(pictures.thumbnail('none.jpg'), ImageMissingError)
  await assert.rejects(pictures.thumbnail('text.jpg'), ImageUnreadableError)
  await assert.rejects(pictures.thumbnail('drawing.svg'), ImageUnreadableError)
  await assert.rejects(pictures.thumbnail('cut.png'), ImageUnreadableError)
  await assert.rejects(pictures.thumbnail('/etc/passwd'), PathRefusedError)
  await assert.rejects(pictures.thumbnail('../x.jpg'), PathRefusedError)
})

/** Of 800 × 800 pixels, bright and uneven, so that its rows take much the same of the file. */
const noisy = () => {
  const noise = { type: 'gaussian', mean: 220, sigma: 10 } as const
  return sharp({ create: { width: 800, height: 800, channels: 3, background: '#fff', noise } })
    .jpeg()
    .toBuffer()
}

test('of a JPEG that is cut off, or ends in zeros, there is what came, with grey for the rest', async () => {
  const whole = await noisy()
  const part = whole.subarray(0, whole.length * 0.6)
  const box = { x: 0.1, y: 0.1, width: 0.2, height: 0.2 }
  for (const [name, bytes] of [
    ['cut.jpg', part],
    ['zeros.jpg', Buffer.concat([part, Buffer.alloc(whole.length - part.length)])],
  ] as const) {
    await writeFile(join(folder, name), bytes)
    const { data, info } = await sharp((await pictures.thumbnail(name)).webp)
      .raw()
      .toBuffer({ resolveWithObject: true })
    const at = (row: number) => [
      ...data.subarray(row * info.width * info.channels, row * info.width * info.channels + 3),
    ]
    assert.deepEqual([info.width, info.height], [480, 480])
    for (const [row, colour] of [
      [20, [220, 220, 220]],
      [460, [128, 128, 128]],
    ] as const)
      assert.ok(
        at(row).every((value, i) => Math.abs(value - (colour[i] as number)) < 30),
        `${name}: ${row}: ${at(row)}`,
      )
    assert.equal((await sharp((await pictures.face(name, box)).webp).metadata()).width, 128)
    assert.equal((await sharp(await pictures.portrait(name, box, 1)).metadata()).format, 'jpeg')
  }
})

test('a picture that was cut off when it was made is soon made again', async () => {
  const photos = new FolderStore(new ImageRoots({ unknownPeople: folder, knownPeople: folder }))
  const own = new Pictures({ photos, maxBytes: 1024 * 1024, keepCutMs: 1 })
  const whole = await noisy()
  await writeFile(join(folder, 'growing.jpg'), whole.subarray(0, whole.length / 2))
  const half = await own.thumbnail('growing.jpg')
  await writeFile(join(folder, 'growing.jpg'), whole)
  await eventually(async () => assert.notEqual((await own.thumbnail('growing.jpg')).etag, half.etag))
})

test('a failure is not kept: the file may come', async () => {
  await assert.rejects(pictures.thumbnail('later.jpg'), ImageMissingError)
  await writeFile(join(folder, 'later.jpg'), await solid(10, 10).jpeg().toBuffer())
  assert.match((await pictures.thumbnail('later.jpg')).etag, /^"[\w-]{22}"$/)
})

test('a picture is made once for many who ask, and kept within a number of bytes', async () => {
  const photos = new FolderStore(new ImageRoots({ unknownPeople: folder, knownPeople: folder }))
  const few = new Pictures({ photos, maxBytes: 1024 * 1024, cacheBytes: 30_000 })
  const box = { x: 0.4, y: 0.4, width: 0.3, height: 0.3 }
  for (const name of ['one.jpg', 'two.jpg']) {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
    const bytes = await sharp({ create: { width: 50, height: 50, channels: 3, background: '#000', noise } })
      .jpeg()
      .toBuffer()
    await writeFile(join(folder, name), bytes)
  }
  const asked = await Promise.all(Array.from({ length: 10 }, () => few.face('one.jpg', box)))
  assert.equal(new Set(asked).size, 1)
  assert.equal(await few.face('one.jpg', box), asked[0])
  for (let i = 0; i < 20; i++) await few.face('two.jpg', { x: i / 40, y: 0.2, width: 0.3, height: 0.3 })
  assert.notEqual(await few.face('one.jpg', box), asked[0])
})

test('a number of pictures is kept, however small they are', async () => {
  const photos = new FolderStore(new ImageRoots({ unknownPeople: folder, knownPeople: folder }))
  const few = new Pictures({ photos, maxBytes: 1024 * 1024, cacheFiles: 2 })
  await writeFile(join(folder, 'tiny.jpg'), await solid(10, 10).jpeg().toBuffer())
  const first = await few.thumbnail('tiny.jpg')
  assert.equal(await few.thumbnail('tiny.jpg'), first)
  await few.thumbnail('tiny.jpg', 240)
  await few.picture('tiny.jpg')
  assert.notEqual(await few.thumbnail('tiny.jpg'), first)
})

test('a portrait is the face with a margin, upright, and as large as the photo has it', async () => {
  const white = await sharp({ create: { width: 100, height: 100, channels: 3, background: '#fff' } })
    .png()
    .toBuffer()
  // Stored with the face on the left; orientation 6 turns it clockwise to the top.
  const turned = await solid(800, 400)
    .composite([{ input: white, left: 100, top: 150 }])
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  await writeFile(join(folder, 'portrait.jpg'), turned)
  const face = { x: 150 / 400, y: 100 / 800, width: 0.25, height: 0.125 }
  const tight = await pictures.portrait('portrait.jpg', face, 0)
  const { channels } = await sharp(tight).stats()
  assert.ok((channels[0]?.mean ?? 0) > 250)
  const size = async (bytes: Buffer) => {
    const { format, width, height } = await sharp(bytes).metadata()
    return [format, width, height]
  }
  assert.deepEqual(await size(tight), ['jpeg', 100, 100])
  assert.deepEqual(await size(await pictures.portrait('portrait.jpg', face, 0.5)), ['jpeg', 200, 200])
  assert.deepEqual(await size(await pictures.portrait('portrait.jpg', face, 9)), ['jpeg', 400, 800])
  for (const x of [-0.5, 0.999, 2]) await pictures.portrait('portrait.jpg', { ...face, x }, 0.1)
})

test('a copy is the file itself, or smaller where that is large; what is forgotten is made anew', async () => {
  const small = await solid(20, 20).jpeg().toBuffer()
  await writeFile(join(folder, 'copy.jpg'), small)
  assert.deepEqual(await pictures.copy('copy.jpg'), small)
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
  const large = await sharp({ create: { width: 2500, height: 2500, channels: 3, background: '#000', noise } })
    .jpeg({ quality: 95 })
    .toBuffer()
  await writeFile(join(folder, 'large.jpg'), large)
  const many = new Pictures({
    photos: new FolderStore(new ImageRoots({ unknownPeople: folder, knownPeople: folder })),
    maxBytes: 1e8,
  })
  assert.ok(large.length > 2 * 1024 * 1024)
  assert.equal((await sharp(await many.copy('large.jpg')).metadata()).width, 2048)
  const before = await pictures.thumbnail('copy.jpg')
  assert.equal(await pictures.thumbnail('copy.jpg'), before)
  pictures.forget('copy.jpg')
  assert.notEqual(await pictures.thumbnail('copy.jpg'), before)
})
