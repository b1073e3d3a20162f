import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ImageUnreadableError } from '@livepods/images'
import sharp, { type JpegOptions, type Sharp } from 'sharp'
import { decode } from '../../src/engine/decode.ts'
import { describe } from '../../src/engine/describe.ts'
import { openOnnx } from '../../src/engine/onnx.ts'
import type { Picture } from '../../src/engine/pyramid.ts'
import type { Face } from '../../src/engine/recogniser.ts'
import { distanceOf } from '../../src/gallery/shared-gallery.ts'
import { cut, emptied } from '../support/cut.ts'
import { restartJpeg } from '../support/restart-jpeg.ts'
import { samples } from '../support/samples.ts'

const engine = await openOnnx()
after(() => engine.close())

const photo: Buffer = await sharp(readFileSync(join(samples, 'sample1.jpg')))
  .resize(1200)
  .png()
  .toBuffer()
const jpeg = (options: JpegOptions = {}, change = (picture: Sharp) => picture) =>
  change(sharp(photo)).jpeg(options).toBuffer()
const plain = await jpeg()

/** Where the rows of the file that did not come lie in the upright picture, by its orientation. */
type Side = 'bottom' | 'top' | 'left' | 'right'
const files: [title: string, bytes: Buffer, side: Side][] = [
  ['baseline', plain, 'bottom'],
  [
    'with its own code tables and without subsampling',
    await jpeg({ optimiseCoding: true, chromaSubsampling: '4:4:4' }),
    'bottom',
  ],
  ['grey', await jpeg({}, (picture) => picture.greyscale()), 'bottom'],
  ['CMYK', await jpeg({}, (picture) => picture.resize(240).toColourspace('cmyk')), 'bottom'],
  ['with restart markers', restartJpeg(40), 'bottom'],
  ['turned by EXIF 3', await jpeg({}, (picture) => picture.resize(300).withMetadata({ orientation: 3 })), 'top'],
  ['turned by EXIF 5', await jpeg({}, (picture) => picture.resize(300).withMetadata({ orientation: 5 })), 'right'],
  ['turned by EXIF 6', await jpeg({}, (picture) => picture.resize(300).withMetadata({ orientation: 6 })), 'left'],
  ['turned by EXIF 7', await jpeg({}, (picture) => picture.resize(300).withMetadata({ orientation: 7 })), 'left'],
  ['turned by EXIF 8', await jpeg({}, (picture) => picture.resize(300).withMetadata({ orientation: 8 })), 'right'],
]

for (const [title, bytes, side] of files) {
  test(`a JPEG ${title} is decoded as far as it came, to the row`, async () => {
    const { picture: whole } = await decode(bytes)
    for (const percent of [1, 10])
      for (const less of [cut(bytes, percent), emptied(bytes, percent), emptied(bytes, percent, 0xff)]) {
        const { picture, came } = await decode(less, { lenient: true })
        assert.deepEqual([picture.width, picture.height], [whole.width, whole.height])
        assert.deepEqual(came, areaBeside(side, picture, linesThatAreSame(side, picture, whole)), `${percent} %`)
      }
  })

  test(`a JPEG ${title} that misses half is unreadable, and may still be being written`, async () => {
    for (const less of [cut(bytes, 50), emptied(bytes, 50)])
      await assert.rejects(
        decode(less, { lenient: true }),
        (error) => error instanceof ImageUnreadableError && error.cut && /only \d\d % of its rows/.test(error.message),
      )
  })
}

/** How many rows, or columns, from the one opposite to `side`, two pictures have in common. */
function linesThatAreSame(side: Side, one: Picture, other: Picture): number {
  const sideways = side === 'left' || side === 'right'
  const lines = sideways ? one.width : one.height
  const pixelsOf = ({ data, width, height }: Picture, line: number) => {
    if (!sideways) return data.subarray(line * width * 3, (line + 1) * width * 3)
    return Uint8Array.from(
      { length: height * 3 },
      (_, i) => data[(Math.floor(i / 3) * width + line) * 3 + (i % 3)] ?? 0,
    )
  }
  let same = 0
  for (; same < lines; same++) {
    const line = side === 'bottom' || side === 'right' ? same : lines - 1 - same
    if (Buffer.compare(pixelsOf(one, line), pixelsOf(other, line)) !== 0) break
  }
  return same
}

function areaBeside(side: Side, { width, height }: Picture, lines: number) {
  const whole = { left: 0, top: 0, right: width, bottom: height }
  if (side === 'bottom') return { ...whole, bottom: height * (lines / height) }
  if (side === 'top') return { ...whole, top: height * (1 - lines / height) }
  return side === 'left'
    ? { ...whole, left: width * (1 - lines / width) }
    : { ...whole, right: width * (lines / width) }
}

test('of a progressive JPEG all rows came when only the last bit of some is missing', async () => {
  for (const options of [{ progressive: true }, { mozjpeg: true }]) {
    const bytes = await jpeg(options)
    for (const less of [cut(bytes, 2), cut(bytes, 10), emptied(bytes, 10)]) {
      const { picture, came } = await decode(less, { lenient: true })
      assert.deepEqual(came, { left: 0, top: 0, right: picture.width, bottom: picture.height })
    }
    await assert.rejects(decode(cut(bytes, 75), { lenient: true }), /too little of it|only \d+ %/)
  }
})

test('what lacks no more than the marker of its end came whole', async () => {
  const { picture, came } = await decode(plain.subarray(0, -2), { lenient: true })
  assert.deepEqual(came, { left: 0, top: 0, right: picture.width, bottom: picture.height })
  assert.deepEqual(picture, (await decode(plain)).picture)
})

test('without leave a JPEG that is cut off, or whose end is zeros, is unreadable', async () => {
  for (const bytes of [plain, restartJpeg(40), await jpeg({ progressive: true })])
    for (const less of [cut(bytes, 1), cut(bytes, 10), emptied(bytes, 5), emptied(bytes, 1)])
      await assert.rejects(decode(less), (error) => error instanceof ImageUnreadableError && error.cut)
})

const preview = await sharp(photo).resize(160).jpeg().toBuffer()
const app1 = (body: Buffer) =>
  Buffer.concat([
    plain.subarray(0, 2),
    Buffer.from([0xff, 0xe1, (body.length + 2) >> 8, (body.length + 2) & 255]),
    body,
    plain.subarray(2),
  ])
const stray = (marker: number) => {
  const at = plain.indexOf(Buffer.from([0xff, marker]))
  return Buffer.concat([plain.subarray(0, at), Buffer.from([0x61, 0, 0xff, 0, 1]), plain.subarray(at)])
}
const whole: [title: string, bytes: Buffer][] = [
  ['stray bytes before its frame', stray(0xc0)],
  ['stray bytes before its scan', stray(0xda)],
  ['a preview in its head', app1(preview)],
  ['a preview in its head that is cut off', app1(preview.subarray(0, -500))],
  ['a second picture behind its end', Buffer.concat([plain, preview])],
  ['a second picture behind its end that is cut off', Buffer.concat([plain, preview.subarray(0, -500)])],
  [
    'a video behind its end that ends in zeros',
    Buffer.concat([plain, Buffer.from('\0\0\0\x18ftypmp42'), Buffer.alloc(5000)]),
  ],
]
for (const [title, bytes] of whole) {
  test(`a JPEG is not cut off: ${title}`, async () => {
    const { picture, came } = await decode(bytes, { lenient: true })
    assert.equal(came, undefined)
    assert.deepEqual(picture, (await decode(plain)).picture)
  })
}

test('a head without a scan, or with more scans than any camera makes, is unreadable', async () => {
  const progressive = await jpeg({ progressive: true })
  const head = progressive.subarray(0, progressive.indexOf(Buffer.from([0xff, 0xda])))
  const scan = Buffer.from([0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0, 1, 2])
  for (const bytes of [
    head,
    Buffer.concat([head, Buffer.alloc(5000)]),
    Buffer.concat([head, ...Array(101).fill(scan)]),
  ])
    await assert.rejects(
      decode(bytes, { lenient: true }),
      (error) => error instanceof ImageUnreadableError && error.cut,
    )
})

test('faces of a cut JPEG are those of the whole one, and none is made up where nothing came', async () => {
  const faces = (await describe(engine, plain)).faces
  const progressive = (await jpeg({ progressive: true })) as Buffer
  for (const [bytes, percents] of [
    [plain, [2, 10, 15]],
    [progressive, [2, 10, 25]],
  ] as const)
    for (const percent of percents) {
      const described = await describe(engine, cut(bytes, percent), { lenient: true })
      assert.equal(described.truncated, true)
      assert.ok(described.faces.length > 0)
      for (const face of described.faces)
        assert.ok(nearestTo(face, faces) < 0.1, `${percent} %: ${nearestTo(face, faces)}`)
    }
  assert.equal((await describe(engine, plain, { lenient: true })).truncated, undefined)
})

function nearestTo({ descriptor }: Face, faces: Face[]): number {
  return Math.min(...faces.map((face) => distanceOf(face.descriptor, descriptor)))
}

test('a face of which a part did not come is left out', async () => {
  const { faces, height } = await describe(engine, plain)
  const [largest] = faces as [Face]
  // The picture ends in the middle of the face: what follows is cut away by hand, as far as 80 % of the rows stay.
  const bottom = Math.round((largest.box.y + largest.box.height / 2) * height)
  const rows = Math.round(bottom / 0.9)
  const short: Buffer = await sharp(plain).extract({ left: 0, top: 0, width: 1200, height: rows }).jpeg().toBuffer()
  let bytes: Buffer = short
  let came = rows
  for (let percent = 1; came > bottom; percent++) {
    bytes = cut(short, percent)
    came = (await decode(bytes, { lenient: true })).came?.bottom ?? rows
  }
  const found = (await describe(engine, bytes, { lenient: true })).faces
  assert.ok(found.every(({ box }) => (box.y + box.height) * rows <= came + 0.1 * box.height * rows))
  assert.ok(found.every((face) => distanceOf(face.descriptor, largest.descriptor) > 0.3))
})
