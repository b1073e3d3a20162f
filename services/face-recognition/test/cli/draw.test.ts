import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { drawFaces, svgOf } from '../../src/cli/draw.ts'

const match = (person: string) => ({ person, imageName: `${person}/1.jpg`, distance: 0.25 })
const face = (x: number, person?: string) => ({
  box: { x, y: 0.25, width: 0.25, height: 0.5 },
  identified: person !== undefined,
  ...(person !== undefined && { nearest: match(person) }),
})

/** The rectangles of the labels, which are filled. */
function labelsOf(svg: string): number[][] {
  const labels = svg.matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" fill="#/g)
  return [...labels].map((label) => label.slice(1).map(Number))
}

test('a name is text, whatever it contains', async () => {
  const svg = svgOf({ width: 800, height: 600, faces: [face(0, '</text><script>"&\'\0\ud800')] })
  assert.ok(svg.includes("&lt;/text&gt;&lt;script&gt;&quot;&amp;'\ufffd 0.25</text>"), svg)
  await sharp(Buffer.from(svg)).png().toBuffer()
})

test('a long name is shortened', () => {
  assert.match(svgOf({ width: 800, height: 600, faces: [face(0, 'x'.repeat(10_000))] }), />x{23}… 0\.25</)
})

test('labels lie in the picture and hide no other', () => {
  const faces = [face(0, 'somebody with a name'), face(0.25, 'another person'), face(0.5, 'a third one'), face(0.74)]
  const labels = labelsOf(svgOf({ width: 800, height: 600, faces }))
  assert.equal(labels.length, 4)
  for (const [i, [x = 0, y = 0, width = 0, height = 0]] of labels.entries()) {
    assert.ok(x >= 0 && y >= 0 && x + width <= 800 && y + height <= 600)
    for (const [left = 0, top = 0, w = 0, h = 0] of labels.slice(i + 1))
      assert.ok(x + width <= left || left + w <= x || y + height <= top || top + h <= y, 'apart')
  }
})

test('the drawing is upright, of the size of the photo, with the boxes where the faces are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'draw-'))
  const photo = await sharp({ create: { width: 300, height: 400, channels: 3, background: '#fff' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  const path = join(folder, 'new/out.png')
  await drawFaces(photo, { width: 400, height: 300, faces: [face(0.5, 'anna')] }, path)
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  rmSync(folder, { recursive: true })
  assert.deepEqual([info.width, info.height], [400, 300])
  const colourAt = (x: number, y: number) => [...data.subarray((y * 400 + x) * 3, (y * 400 + x) * 3 + 3)]
  assert.deepEqual(colourAt(200, 150), [0x2d, 0xd4, 0xa7], 'the left edge of the box')
  assert.deepEqual(colourAt(250, 150), [255, 255, 255], 'inside')
})
