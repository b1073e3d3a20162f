import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DECODE_MAX_BYTES, DecodeTooCostlyError, decodeCost, ImageUnreadableError, sniff } from '../src/index.ts'
import { type AvifOptions, avif, gif, jpeg, png, tiff, webp } from './support/headers.ts'

const cost = async (bytes: Buffer) => {
  const format = sniff(bytes)
  assert(format && format !== 'heic')
  return await decodeCost(bytes, format)
}
const MiB = 1024 * 1024
const deep: AvifOptions = { isDeep: true, isHalved: false }

const admitted: [what: string, bytes: Buffer, isCostly: boolean][] = [
  ['a photo of 12 megapixels', jpeg(4000, 3000), false],
  ['what a camera of "50 MP" writes', jpeg(8160, 6144), false],
  ['another one', jpeg(8192, 6144), false],
  ['64 megapixels in one scan', jpeg(8000, 8000), false],
  ['a progressive JPEG of 12 megapixels', jpeg(4000, 3000, { sof: 0xc2, scans: 10 }), false],
  ['a progressive JPEG of 50 megapixels, 4:2:0', jpeg(8160, 6144, { sof: 0xc2, scans: 10 }), true],
  ['a screenshot', png(3840, 2160), false],
  ['an interlaced PNG of 12 megapixels', png(4000, 3000, { isInterlaced: true }), false],
  ['a PNG of 49 megapixels', png(7000, 7000), true],
  ['an AVIF of 12 megapixels', avif(4000, 3000), true],
  ['an AVIF of 4 megapixels', avif(2000, 2000), true],
  ['a GIF of 640 × 480', gif(640, 480), false],
  ['a WebP of 12 megapixels', webp(4000, 3000), false],
  ['a TIFF of 12 megapixels', tiff(4000, 3000), false],
]
for (const [what, bytes, isCostly] of admitted) {
  test(`${what} is decoded${isCostly ? ', where there is room for it' : ''}`, async () => {
    const { bytes: needed, isCostly: found } = await cost(bytes)
    assert.ok(needed <= DECODE_MAX_BYTES)
    assert.equal(found, isCostly, `${needed / MiB} MB`)
  })
}

const refused: [what: string, bytes: Buffer, sentence: RegExp][] = [
  ['65 megapixels', jpeg(10_000, 6500), /65\.0 megapixels; the limit is 64/],
  [
    'an interlaced PNG with 4 × 16 bit',
    png(7000, 7000, { isInterlaced: true, depth: 16, type: 6 }),
    /interlaced PNG of 7000 × 7000 pixels takes 4\d\d MB/,
  ],
  ['a wide PNG with 4 × 16 bit', png(60_000, 800, { depth: 16, type: 6 }), /MB of memory; the limit is 240/],
  [
    'a progressive JPEG in 4:4:4',
    jpeg(7070, 7070, { sof: 0xc2, scans: 10, sampling: 0x11 }),
    /progressive JPEG of 7070 × 7070/,
  ],
  [
    'a JPEG whose colours come one after the other',
    jpeg(7070, 7070, { scans: 3, sampling: 0x11, ofOne: true }),
    /JPEG of 7070/,
  ],
  [
    'a progressive JPEG with 100 scans',
    jpeg(7000, 7000, { sof: 0xc2, scans: 100 }),
    /seconds of computing; the limit is 4/,
  ],
  [
    'a progressive JPEG of four colours',
    jpeg(7000, 7000, { sof: 0xc2, scans: 10, sampling: 0x11, components: 4 }),
    /four colours/,
  ],
  ['an AVIF of 49 megapixels', avif(7000, 7000), /AVIF of 7000 × 7000 pixels takes \d+ MB/],
  ['an AVIF of 16 megapixels with 10 bit', avif(4000, 4000, deep), /AVIF/],
  ['a lossless WebP of 63 megapixels', webp(8000, 7900, 'VP8L'), /lossless WebP/],
  ['a GIF of 63 megapixels', gif(8000, 7900), /GIF/],
  ['a GIF whose first frame is larger than its canvas', gif(1, 1, { frame: [8000, 7900] }), /GIF of 8000 × 7900/],
  ['a TIFF with 4 × 32 bit', tiff(7000, 7000, { bits: 32, samples: 4 }), /TIFF/],
  ['a TIFF in one strip of 4 × 16 bit', tiff(7000, 7000, { bits: 16, samples: 4, rows: 7000 }), /TIFF/],
  ['a TIFF whose tiles are larger than itself', tiff(100, 100, { tile: [100_000, 100_000] }), /TIFF/],
  ['the same with the other byte order', tiff(7000, 7000, { bits: 32, samples: 4, isBigEndian: true }), /TIFF/],
]
for (const [what, bytes, sentence] of refused) {
  test(`${what} takes too much`, async () => {
    await assert.rejects(cost(bytes), (error: Error) => {
      assert.ok(error instanceof DecodeTooCostlyError)
      assert.match(error.message, sentence)
      return true
    })
  })
}

test('a header that ends too soon may still be being written; one that is broken may not', async () => {
  for (const whole of [png(10, 10), webp(10, 10), gif(10, 10), tiff(10, 10), avif(10, 10), jpeg(10, 10)]) {
    const isCut = (error: Error) => error instanceof ImageUnreadableError && error.cut
    await assert.rejects(decodeCost(whole.subarray(0, 16), sniff(whole) as 'png'), isCut)
  }
  const isBroken = (error: Error) => error instanceof ImageUnreadableError && !error.cut
  await assert.rejects(cost(png(0, 10)), isBroken)
  await assert.rejects(cost(Buffer.concat([jpeg(10, 10).subarray(0, 2), Buffer.from([0xff, 0xd9, 0, 0])])), isBroken)
})

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const SOI = hex('ff d8')
const JFIF = hex('ff e0 00 10 4a 46 49 46 00 01 01 00 00 01 00 01 00 00')
const SOF = hex('ff c0 00 0b 08 00 7b 01 41 01 01 11 00')
const stray: [what: string, parts: Buffer[]][] = [
  ['stray bytes before the frame', [SOI, JFIF, hex('61 62 00 01'), SOF]],
  ['200 kB of stray bytes', [SOI, JFIF, Buffer.alloc(200_000, 97), SOF]],
  ['fill bytes', [SOI, Buffer.alloc(100_000, 0xff), JFIF, SOF]],
  ['a marker across two blocks', [SOI, Buffer.alloc(65_536 - 1, 97), SOF]],
  ['a segment with length 0', [SOI, hex('ff e5 00 00'), JFIF, SOF]],
  ['markers without a length', [SOI, hex('ff 01 ff d3'), JFIF, SOF]],
  ['a preview of its own', [SOI, hex('ff e1 00 11'), SOI, hex('ff c0 00 0b 08 00 01 00 01 01 01 11 00'), SOF]],
]
for (const [what, parts] of stray) {
  test(`a JPEG with ${what} has the size that libjpeg finds, in a file as in memory`, async () => {
    const bytes = Buffer.concat(parts)
    const read = async (position: number, length: number) => bytes.subarray(position, position + length)
    for (const source of [bytes, read]) assert.equal((await decodeCost(source, 'jpeg')).pixels, 321 * 123)
  })
}
