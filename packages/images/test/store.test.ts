import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { S3_TEST_SERVER, S3Server } from '@livepods/testing'
import {
  type ImageFileStore,
  ImageMissingError,
  ImageUnreadableError,
  openBucket,
  openStore,
  PathRefusedError,
  type S3Bucket,
  StoreUnavailableError,
  uploadPath,
} from '../src/index.ts'

const stack = new AsyncDisposableStack()
after(() => stack.disposeAsync())
const folder = await mkdtemp(join(tmpdir(), 'livepods-store-'))
stack.defer(() => rm(folder, { recursive: true }))
const folders = { UNKNOWN_PEOPLE: join(folder, 'unknown'), KNOWN_PEOPLE: join(folder, 'known') }
for (const path of Object.values(folders)) await mkdir(path)

let bucket: S3Bucket | undefined
const stores: Record<string, ImageFileStore> = { folders: await openStore(folders) }
if (S3_TEST_SERVER) {
  const server = stack.use(await S3Server.start(S3_TEST_SERVER))
  const environment = { ...folders, ...server.environment('some/prefix') }
  stores.S3 = stack.use(await openStore(environment))
  bucket = stack.adopt(await openBucket(environment), async (bucket) => await bucket?.[Symbol.asyncDispose]())
} else console.log('S3 is not tested here: S3_TEST_SERVER names no versitygw.')

let files = 0
async function staged(store: ImageFileStore, text: string) {
  const file = join(await store.stagingFolder(), `${process.pid}-${files++}`)
  stack.defer(() => rm(file, { force: true }))
  await writeFile(file, text)
  return { file, path: uploadPath(createHash('sha256').update(text).digest('hex'), 'jpeg') }
}
async function all(store: ImageFileStore) {
  const paths: string[] = []
  for await (const { path } of store.list()) paths.push(path)
  return paths
}

for (const [name, store] of Object.entries(stores)) {
  describe(`the store in ${name}`, () => {
    test('keeps what is put once, gives it back, lists it, and removes it once', async () => {
      const { file, path } = await staged(store, 'one')
      assert.equal(await store.putIfAbsent(path, file), true)
      assert.equal(await store.putIfAbsent(path, file), false)
      assert.equal((await store.open(path, { maxBytes: 3 })).toString(), 'one')
      assert.equal((await store.open(`/unknown_people/./${path}`, { maxBytes: 3 })).toString(), 'one')
      assert.deepEqual(await all(store), [path])
      assert.equal(await store.remove(path), true)
      assert.equal(await store.remove(path), false)
      assert.deepEqual(await all(store), [])
      await assert.rejects(store.open(path, { maxBytes: 3 }), ImageMissingError)
    })

    test('takes other bytes of an upload for a fault of its own, until the photo is sent again', async () => {
      const { file, path } = await staged(store, 'the whole picture')
      await store.putIfAbsent(path, file)
      for (const bytes of ['', 'the whole pict', 'the whole picture.', 'the whole pictuRe'].map((text) =>
        Buffer.from(text),
      )) {
        if (bucket && name === 'S3') {
          const sha256 = createHash('sha256').update(bytes).digest('hex')
          await bucket.put(`unknown_people/${path}`, { body: () => bytes, length: bytes.length, sha256 })
        } else {
          // It is the same file as what was staged.
          await rm(join(folders.UNKNOWN_PEOPLE, path))
          await writeFile(join(folders.UNKNOWN_PEOPLE, path), bytes)
        }
        for (const name of [path, `/unknown_people/${path}`, `${folders.UNKNOWN_PEOPLE}/./${path}`])
          await assert.rejects(
            store.open(name, { maxBytes: 100 }),
            (error: Error) =>
              error instanceof StoreUnavailableError && /other bytes than those of this upload/.test(error.message),
          )
        // S3 compares lengths; an object that is older than ten minutes is put again in any case.
        if (name === 'S3' && bytes.length === 17) await store.remove(path)
        await store.putIfAbsent(path, file)
        assert.equal((await store.open(path, { maxBytes: 100 })).toString(), 'the whole picture')
      }
      await store.remove(path)
    })

    test('has one that puts when many do at once', async () => {
      const many = await Promise.all(Array.from({ length: 8 }, () => staged(store, 'many')))
      const stored = await Promise.all(many.map(({ file, path }) => store.putIfAbsent(path, file)))
      assert.equal(stored.filter(Boolean).length, 1)
      const [{ path } = { path: '' }] = many
      assert.equal((await store.open(path, { maxBytes: 10 })).toString(), 'many')
      await store.remove(path)
    })

    test('spares an upload that was put again meanwhile', async () => {
      const { file, path } = await staged(store, 'again')
      await store.putIfAbsent(path, file)
      assert.equal(await store.remove(path, new Date(Date.now() - 60_000)), false)
      assert.equal(await store.remove(path, new Date(Date.now() + 60_000)), true)
    })

    test('gives away no more than is asked for, and nothing from elsewhere', async () => {
      const { file, path } = await staged(store, 'large')
      await store.putIfAbsent(path, file)
      await assert.rejects(
        store.open(path, { maxBytes: 4 }),
        (error: Error) => error instanceof ImageUnreadableError && /5 bytes; 4 is the limit/.test(error.message),
      )
      for (const elsewhere of ['../x.jpg', '/etc/passwd', 'http://example.org/a.jpg']) {
        assert.throws(() => store.check(elsewhere), PathRefusedError)
        await assert.rejects(store.open(elsewhere, { maxBytes: 4 }), PathRefusedError)
      }
      for (const other of ['a.jpg', '/known_people/a.jpg']) await assert.rejects(store.remove(other), PathRefusedError)
      await store.remove(path)
    })

    test('reads known people where they are, and leaves their changes to others', async () => {
      const bytes = Buffer.from('anna')
      if (bucket && name === 'S3') {
        const sha256 = createHash('sha256').update(bytes).digest('hex')
        await bucket.put('known_people/anna.jpg', { body: () => bytes, length: bytes.length, sha256 })
      } else await writeFile(join(folders.KNOWN_PEOPLE, 'anna.jpg'), bytes)
      assert.equal((await store.open('/known_people/anna.jpg', { maxBytes: 10 })).toString(), 'anna')
      await assert.rejects(store.open('/known_people/anna.jpg', { maxBytes: 3 }), ImageUnreadableError)
      assert.ok(!(await all(store)).some((path) => path.includes('anna')))
    })

    test('gives a stamp with what is read, and the same without reading it; another picture has another one', async () => {
      const put = async (text: string) => {
        const bytes = Buffer.from(text)
        if (bucket && name === 'S3') {
          const sha256 = createHash('sha256').update(bytes).digest('hex')
          await bucket.put('unknown_people/stamped.jpg', { body: () => bytes, length: bytes.length, sha256 })
        } else await writeFile(join(folders.UNKNOWN_PEOPLE, 'stamped.jpg'), bytes)
      }
      await put('one')
      const { bytes, stamp, ageMs } = await store.read('stamped.jpg', { maxBytes: 10 })
      assert.equal(bytes.toString(), 'one')
      assert.match(stamp, /^[!-~]{1,64}$/)
      assert.ok(ageMs < 60_000, `${ageMs}`)
      assert.equal(await store.stamp('stamped.jpg'), stamp)
      await put('two')
      assert.notEqual(await store.stamp('stamped.jpg'), stamp)
      const now = await store.stamp('stamped.jpg')
      await assert.rejects(
        store.read('stamped.jpg', { maxBytes: 2 }),
        (error: Error) => error instanceof ImageUnreadableError && error.file?.stamp === now,
      )
      await assert.rejects(store.stamp('never.jpg'), ImageMissingError)
    })

    test('answers when it is asked whether it serves', async () => await store.ping())
  })
}
