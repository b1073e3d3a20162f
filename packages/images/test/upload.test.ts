import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { FolderStore, ImageRoots, isUpload, PathRefusedError } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'upload-'))
after(() => rmSync(folder, { recursive: true }))
mkdirSync(join(folder, 'uploads'))
const storeIn = (root: string) => new FolderStore(new ImageRoots({ unknownPeople: root, knownPeople: root }))
const store = storeIn(folder)
const path = `uploads/${'0a'.repeat(32)}.jpg`

test('an upload is removed once; the second time there is nothing to remove', async () => {
  writeFileSync(join(folder, path), 'x')
  assert.equal(await store.remove(path), true)
  assert.equal(existsSync(join(folder, path)), false)
  assert.equal(await store.remove(path), false)
})

for (const other of [
  'a.jpg',
  `/unknown_people/${path}`,
  path.replace('.jpg', '.svg'),
  `x/${path}`,
  `uploads/../${path}`,
  path.toUpperCase(),
]) {
  test(`${other.slice(0, 40)} is not an upload and is never removed`, async () => {
    assert.equal(isUpload(other), false)
    await assert.rejects(store.remove(other), PathRefusedError)
  })
}

test('nothing is removed through a linked folder', async () => {
  const other = join(folder, 'other')
  mkdirSync(join(other, 'elsewhere'), { recursive: true })
  symlinkSync('elsewhere', join(other, 'uploads'))
  writeFileSync(join(other, path), 'x')
  await assert.rejects(storeIn(other).remove(path), PathRefusedError)
  assert.equal(existsSync(join(other, path)), true)
})
