import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sniff } from '../src/index.ts'

const ftyp = (...brands: string[]) => {
  const box = Buffer.from(`\0\0\0\0ftyp${brands[0]}\0\0\0\0${brands.slice(1).join('')}`, 'latin1')
  box.writeUInt32BE(box.length)
  return box
}
const cases: [title: string, bytes: Buffer, format: ReturnType<typeof sniff>][] = [
  ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'jpeg'],
  ['a PNG', Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1'), 'png'],
  ['a WebP', Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1'), 'webp'],
  ['a GIF', Buffer.from('GIF89a'), 'gif'],
  ['a TIFF, either way round', Buffer.from('MM\0*', 'latin1'), 'tiff'],
  ['an AVIF', ftyp('avif', 'mif1', 'miaf'), 'avif'],
  ['an AVIF whose first brand is the general one', ftyp('mif1', 'miaf', 'avif'), 'avif'],
  ['a HEIC', ftyp('heic', 'mif1'), 'heic'],
  ['an MP4', ftyp('isom', 'mp41'), undefined],
  ['an AVI (RIFF, but no WebP)', Buffer.from('RIFF\x10\0\0\0AVI LIST', 'latin1'), undefined],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), undefined],
  ['a text', Buffer.from('hello'), undefined],
  ['a PDF', Buffer.from('%PDF-1.7'), undefined],
  ['nothing', Buffer.alloc(0), undefined],
  ['two bytes of a JPEG', Buffer.from([0xff, 0xd8]), undefined],
  ['an ftyp that ends early', Buffer.from('\xff\xff\xff\xffftyp', 'latin1'), undefined],
]
for (const [title, bytes, format] of cases) {
  test(`${title} is ${format ?? 'no picture'}`, () => assert.equal(sniff(bytes), format))
}
