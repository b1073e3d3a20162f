import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import {
  FolderStore,
  type ImageFileStore,
  ImageRoots,
  StoreFullError,
  StoreUnavailableError,
  uploadPath,
} from '@livepods/images'
import { DatabaseUnavailableError } from '@livepods/sql'
import { eventually } from '@livepods/testing'
import { removeOrphans } from '../src/orphans.ts'
import { form, png } from './support/photos.ts'
import { uploadApp } from './support/upload-app.ts'

const stack = new AsyncDisposableStack()
after(() => stack.disposeAsync())
const folder = await mkdtemp(join(tmpdir(), 'livepods-upload-faults-'))
stack.defer(() => rm(folder, { recursive: true }))
const storeIn = (root: string) => new FolderStore(new ImageRoots({ unknownPeople: root, knownPeople: root }))

test('a store that is away is 503 with Retry-After, and nothing is accepted', async () => {
  await using app = await uploadApp({ store: storeIn(join(folder, 'none')) })
  const { status, json, headers } = await app.send(png(1, 1), 'image/png')
  assert.equal(status, 503)
  assert.match(json.detail, /cannot be used .* Nothing was stored; send the photo again\./)
  assert.ok(headers.get('retry-after'))
  assert.equal(app.rows.batches.length, 0)
})

const disk = join(folder, 'disk')
await mkdir(disk)
if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'livepods-test', disk]).status === 0) {
  stack.defer(() => void spawnSync('umount', [disk]))
  test('a full disk is 507, nothing is accepted, and a smaller photo still is', async () => {
    await using app = await uploadApp({ store: storeIn(disk) })
    const { status, json } = await app.send(png(1, 1, 400_000), 'image/png')
    assert.equal(status, 507)
    assert.match(json.detail, /disk of the pictures is full/)
    assert.deepEqual([await readdir(join(disk, 'uploads/.incoming')), app.rows.batches.length], [[], 0])
    const several = form(
      [400_000, 100].map((length) => ({ name: 'a.png', type: 'image/png', bytes: png(1, 1, length) })),
    )
    const { results } = (await app.send(several.body, several.headers)).json
    assert.deepEqual(
      results.map(({ result, status }: { result: string; status: number }) => [result, status]),
      [
        ['refused', 507],
        ['accepted', 'PENDING'],
      ],
    )
  })
}

test('a store that fails after the bytes were received is 503 or 507, and there is no row', async () => {
  for (const [fault, status] of [
    [new StoreUnavailableError('The S3 service is too slow.'), 503],
    [new StoreFullError('The S3 service has no room.'), 507],
  ] as const) {
    await using app = await uploadApp({
      store: new Proxy(storeIn(folder), {
        get: (target, name) =>
          name === 'putIfAbsent'
            ? async () => Promise.reject(fault)
            : (...all: unknown[]) =>
                (target as never as Record<string | symbol, (...all: unknown[]) => unknown>)[name]?.(...all),
      }) as ImageFileStore,
    })
    assert.equal((await app.send(png(1, 1), 'image/png')).status, status)
    assert.equal(app.rows.batches.length, 0)
    assert.deepEqual(await readdir(join(folder, 'uploads/.incoming')), [])
  }
})

test('a store without room is told to the status page, with how many uploads it cost, until one goes in again', async () => {
  const own = join(folder, 'room')
  await mkdir(own)
  const store = storeIn(own)
  let isFull = true
  const put = store.putIfAbsent.bind(store)
  store.putIfAbsent = async (...of) => {
    if (isFull) throw new StoreFullError('There is no room.')
    return await put(...of)
  }
  await using app = await uploadApp({ store })
  assert.deepEqual(app.uploads.report(), { state: 'here' })
  for (const photo of [png(1, 1), png(2, 2)]) assert.equal((await app.send(photo, 'image/png')).status, 507)
  const { since, ...told } = app.uploads.report() as { since: string }
  assert.deepEqual(told, { state: 'full', reason: 'There is no room.', refused: 2 })
  assert.ok(Date.parse(since) <= Date.now())
  isFull = false
  assert.equal((await app.send(png(3, 3), 'image/png')).status, 202)
  assert.deepEqual(app.uploads.report(), { state: 'here' })
})

test('a database that is away is 503; the file stays, and the same photo is accepted later', async () => {
  await using app = await uploadApp()
  const photo = png(1, 1)
  app.rows.faults.push(new DatabaseUnavailableError('away', { indeterminate: false }))
  assert.equal((await app.send(photo, 'image/png')).status, 503)
  assert.equal((await app.stored()).length, 1)
  assert.equal((await app.send(photo, 'image/png')).status, 202)
})

test('an upload that is removed after it was found in the store and before its row is inserted is put again', async () => {
  await using app = await uploadApp()
  const photo = png(1, 1)
  const { promise, resolve } = Promise.withResolvers<void>()
  await app.send(photo, 'image/png')
  const [name = ''] = await app.stored()
  app.rows.gate = promise
  const again = app.send(photo, 'image/png')
  await eventually(() => assert.equal(app.rows.batches.length, 2))
  await rm(join(app.folder, 'uploads', name))
  resolve()
  assert.equal((await again).status, 200)
  assert.deepEqual(await app.stored(), [name])
})

test('orphans are removed when they are old: uploads without a row, and staged uploads that were never put', async () => {
  const store = storeIn(folder)
  const stagingFolder = await store.stagingFolder()
  const old = new Date(Date.now() - 7_200_000)
  const paths = ['a', 'b', 'c'].map((digit) => uploadPath(digit.repeat(64), 'jpeg'))
  const [orphan = '', withRow = '', young = ''] = paths
  for (const path of paths) await writeFile(join(folder, path), 'x')
  for (const name of ['old', 'young']) await writeFile(join(stagingFolder, name), 'x')
  for (const file of [join(folder, orphan), join(folder, withRow), join(stagingFolder, 'old')])
    await utimes(file, old, old)
  const photoStore = { existing: async (asked: string[]) => new Set(asked.filter((path) => path === withRow)) }
  assert.equal(await removeOrphans({ store, photoStore }), 2)
  assert.equal(await removeOrphans({ store, photoStore }), 0)
  const left = await readdir(join(folder, 'uploads'))
  assert.deepEqual(left.map((name) => `uploads/${name}`).sort(), ['uploads/.incoming', withRow, young])
  assert.deepEqual(await readdir(stagingFolder), ['young'])
})
