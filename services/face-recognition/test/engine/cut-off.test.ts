import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { decode } from '../../src/engine/decode.ts'
import { cut, emptied } from '../support/cut.ts'

const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const
const picture = () => sharp({ create: { width: 200, height: 200, channels: 3, background: '#888', noise } })
const tiff = await picture().tiff({ compression: 'lzw' }).toBuffer()

const files: [title: string, bytes: Buffer][] = [
  ['JPEG', await picture().jpeg().toBuffer()],
  ['PNG', await picture().png().toBuffer()],
  ['WebP', await picture().webp().toBuffer()],
  ['GIF', await picture().gif().toBuffer()],
  ['TIFF', tiff],
  ['TIFF with tiles', await picture().tiff({ tile: true }).toBuffer()],
  ['BigTIFF', await picture().tiff({ bigtiff: true }).toBuffer()],
  ['AVIF', await picture().avif().toBuffer()],
]
/** What is said of bytes that cannot be decoded: whether their end is missing. */
const isCut = async (bytes: Buffer) =>
  await decode(bytes).then(
    () => 'decoded',
    ({ cut }) => cut,
  )

for (const [title, bytes] of files) {
  test(`a ${title} without its end, or with room for it, may still be being written`, async () => {
    for (const percent of [10, 50, 90]) {
      assert.equal(await isCut(cut(bytes, percent)), true, `${percent} %`)
      // To the decoders of these two zeros are data like any other.
      if (title !== 'WebP' && title !== 'GIF')
        assert.equal(await isCut(emptied(bytes, percent)), true, `${percent} % zeros`)
    }
    for (const length of [0, 1, 8, 40]) assert.equal(await isCut(bytes.subarray(0, length)), true, `${length} bytes`)
  })
}

const broken = (bytes: Buffer, at: number, length: number) =>
  Buffer.concat([bytes.subarray(0, at), Buffer.alloc(length, 0x55), bytes.subarray(at + length)])

test('what is whole and broken, too large or no picture is not being written', async () => {
  const [, png, webp] = files.map(([, bytes]) => bytes) as [Buffer, Buffer, Buffer]
  assert.equal(await isCut(broken(png, 500, 200)), false)
  assert.equal(await isCut(broken(webp, 30, 200)), false)
  assert.equal(await isCut(Buffer.from('no picture at all, only a text')), false)
  assert.equal(
    await isCut(
      await sharp({ create: { width: 9000, height: 9000, channels: 3, background: '#888' }, limitInputPixels: false })
        .png()
        .toBuffer(),
    ),
    false,
  )
})
