import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ImageMissing, openBucket, StoreUnavailable } from '@livepods/images'
import { S3_TEST_SERVER, S3Server } from '@livepods/testing'
import { KnownBucket } from '../src/known-bucket.ts'
import { ChangeImpossible } from '../src/known-folder.ts'

const stack = new AsyncDisposableStack()
after(() => stack.disposeAsync())
const skip = S3_TEST_SERVER ? false : 'S3_TEST_SERVER names no versitygw: known people in S3 are not tested'
const server = S3_TEST_SERVER ? stack.use(await S3Server.start(S3_TEST_SERVER)) : undefined
let stores = 0

/** An empty place for known people on a real S3 server. */
async function open(name = `${stores++}`): Promise<KnownBucket> {
  const folders = { UNKNOWN_PEOPLE: '/nowhere', KNOWN_PEOPLE: '/nowhere' }
  const s3 = await openBucket({ ...folders, ...server?.environment(name) })
  assert.ok(s3)
  return new KnownBucket(stack.use(s3.bucket), `${s3.prefix}known_people/`)
}

async function namesIn(store: KnownBucket): Promise<string[]> {
  const names: string[] = []
  await store.visit(({ name }) => names.push(name))
  return names.sort()
}

const bytes = (text: string) => Buffer.from(text)
const read = async (store: KnownBucket, name: string) => `${await store.read(name, { maxBytes: 100 })}`

test('keeps what is put, shows it to every process, and removes it once', { skip }, async () => {
  const [store, other] = [await open('shared'), await open('shared')]
  assert.deepEqual(await namesIn(store), [])
  assert.equal(await store.put('anna/1.jpg', bytes('one')), true)
  assert.deepEqual(await namesIn(other), ['anna/1.jpg'])
  assert.equal(await read(other, 'anna/1.jpg'), 'one')
  assert.equal(await other.remove('anna/1.jpg'), true)
  assert.equal(await store.remove('anna/1.jpg'), false)
  await assert.rejects(read(store, 'anna/1.jpg'), ImageMissing)
})

test('never replaces a picture, also when two are put at once', { skip }, async () => {
  const store = await open()
  const put = await Promise.all(['one', 'two'].map((text) => store.put('anna/1.jpg', bytes(text))))
  assert.deepEqual(put.sort(), [false, true])
  const kept = await read(store, 'anna/1.jpg')
  await store.put('bob/1.jpg', bytes('three'))
  assert.equal(await store.move('bob/1.jpg', 'anna/1.jpg'), false)
  assert.equal(await read(store, 'anna/1.jpg'), kept)
  assert.equal(await read(store, 'bob/1.jpg'), 'three')
})

test('moves a picture', { skip }, async () => {
  const store = await open()
  await store.put('anna/1.jpg', bytes('one'))
  assert.equal(await store.move('anna/1.jpg', 'bob/1.jpg'), true)
  assert.deepEqual(await namesIn(store), ['bob/1.jpg'])
  await assert.rejects(store.move('anna/1.jpg', 'carl/1.jpg'), ChangeImpossible)
})

test('a visit and a look show the same, and something else when the content is another', { skip }, async () => {
  const store = await open()
  await store.put('anna/1.jpg', bytes('one'))
  const visited: unknown[] = []
  await store.visit((file) => visited.push(file))
  const before = await store.stat('anna/1.jpg')
  assert.deepEqual(visited, [before])
  await store.remove('anna/1.jpg')
  assert.equal(await store.stat('anna/1.jpg'), undefined)
  await store.put('anna/1.jpg', bytes('two'))
  assert.notEqual((await store.stat('anna/1.jpg'))?.stamp, before?.stamp)
})

test('shows pictures only', { skip }, async () => {
  const store = await open()
  for (const name of ['anna/1.jpg', 'anna/notes.txt', '.hidden/1.jpg']) await store.put(name, bytes('one'))
  assert.deepEqual(await namesIn(store), ['anna/1.jpg'])
})

test('says that the store is away, and not that nobody is there', { skip }, async () => {
  const s3 = await openBucket({
    UNKNOWN_PEOPLE: '/nowhere',
    KNOWN_PEOPLE: '/nowhere',
    ...server?.environment('away', { port: 1 }),
  })
  assert.ok(s3)
  const store = new KnownBucket(stack.use(s3.bucket), s3.prefix)
  await assert.rejects(
    store.visit(() => {}),
    StoreUnavailable,
  )
  await assert.rejects(store.clean(), StoreUnavailable)
})
