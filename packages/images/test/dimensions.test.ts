import assert from 'node:assert/strict'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { dimensionsOf } from '../src/index.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'livepods-dimensions-'))
})
after(() => rm(folder, { recursive: true }))

async function dimensions(bytes: Buffer) {
  const path = join(folder, 'a')
  await writeFile(path, bytes)
  await using file = await open(path)
  return await dimensionsOf(file, 'jpeg')
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const SOI = hex('ff d8')
const JFIF = hex('ff e0 00 10 4a 46 49 46 00 01 01 00 00 01 00 01 00 00')
/** 321 × 123. */
const SOF = hex('ff c0 00 0b 08 00 7b 01 41 01 01 11 00')
const SCAN = hex('ff da 00 08 01 01 00 00 3f 00 12 34')

const readable: [title: string, parts: Buffer[]][] = [
  ['a usual one', [SOI, JFIF, SOF, SCAN]],
  ['stray bytes before the frame', [SOI, JFIF, hex('61 62 00 01'), SOF, SCAN]],
  ['stray bytes behind the beginning', [SOI, hex('00 00'), JFIF, SOF, SCAN]],
  ['200 kB of stray bytes', [SOI, JFIF, Buffer.alloc(200_000, 97), SOF, SCAN]],
  ['zeros up to the end of a block', [SOI, JFIF, Buffer.alloc(65_536 - 20), SOF, SCAN]],
  ['stray bytes FF 00', [SOI, hex('ff 00 ff 00 61'), JFIF, SOF, SCAN]],
  ['fill bytes', [SOI, Buffer.alloc(100_000, 0xff), JFIF, Buffer.alloc(3, 0xff), SOF, SCAN]],
  ['a marker across two blocks', [SOI, Buffer.alloc(65_536 - 1, 97), SOF, SCAN]],
  ['a segment with length 0', [SOI, hex('ff e5 00 00'), JFIF, SOF, SCAN]],
  ['a segment with length 1', [SOI, hex('ff e5 00 01'), JFIF, SOF, SCAN]],
  ['markers without a length', [SOI, hex('ff 01 ff d3'), JFIF, SOF, SCAN]],
  ['5000 segments', [SOI, Buffer.concat(Array(5000).fill(hex('ff e5 00 04 61 62'))), SOF, SCAN]],
  [
    'a preview with a frame of its own',
    [SOI, hex('ff e1 00 11'), SOI, hex('ff c0 00 0b 08 00 01 00 01 01 01 11 00'), SOF],
  ],
  ['one that ends with its frame', [SOI, JFIF, SOF]],
]
for (const [title, parts] of readable) {
  test(`the size of a JPEG is read: ${title}`, async () => {
    assert.deepEqual(await dimensions(Buffer.concat(parts)), { width: 321, height: 123 })
  })
}

const broken: [title: string, parts: Buffer[]][] = [
  ['nothing behind the beginning', [SOI]],
  ['only stray bytes', [SOI, Buffer.alloc(100_000, 97)]],
  ['only fill bytes', [SOI, Buffer.alloc(100_000, 0xff)]],
  ['a segment that leads beyond the end', [SOI, hex('ff e0 ff ff 00')]],
  ['a frame that is cut off', [SOI, JFIF, SOF.subarray(0, 7)]],
  ['a scan without a frame', [SOI, JFIF, SCAN, SOF]],
  ['a second beginning', [SOI, SOI, JFIF, SOF]],
  ['a million segments', [SOI, Buffer.alloc(4_000_000, hex('ff e5 00 02')), SOF]],
]
for (const [title, parts] of broken) {
  test(`a JPEG does not tell its size: ${title}`, async () => {
    assert.equal(await dimensions(Buffer.concat(parts)), undefined)
  })
}
