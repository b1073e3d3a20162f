import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { MEGAPIXEL, makeSpeedPhotos, SMALL } from '../../src/faces/speed-photos.ts'

test('the photos have the sizes that their names say', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const photos = await makeSpeedPhotos(folder)
  for (const { name, path } of photos) {
    const { width, height, format } = await sharp(path).metadata()
    assert.deepEqual([name.split(',')[0], format], [`${width}×${height}`, 'jpeg'])
  }
  const names = photos.map(({ name }) => name)
  assert.ok(names.includes(SMALL) && names.includes(MEGAPIXEL))
})
