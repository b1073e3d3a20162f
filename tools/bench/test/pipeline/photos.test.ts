import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { placePhotos, samplePaths } from '../../src/pipeline/photos.ts'

test('every photo has a path of its own and lies there', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-photos-'))
  t.after(() => rm(directory, { recursive: true }))
  const folders = { knownPeople: join(directory, 'known'), unknownPeople: join(directory, 'unknown') }
  for (const folder of Object.values(folders)) await mkdir(folder)
  await placePhotos(8, folders)
  const paths = samplePaths(8)
  assert.equal(new Set(paths).size, 8)
  const there = new Set(await readdir(folders.unknownPeople))
  assert.ok(paths.every((path) => there.has(path)))
  assert.ok((await readdir(folders.knownPeople)).length > 0)
})
