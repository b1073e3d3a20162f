import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { ImageMissingError, openBucket, type S3Bucket, StoreUnavailableError } from '@livepods/images'
import { ObjectStore } from '../../src/faces/object-store.ts'

const MAX = { maxBytes: 1000 }
const key = 'unknown_people/a.jpg'
const stack = new AsyncDisposableStack()
let store: ObjectStore
let bucket: S3Bucket

before(async () => {
  store = stack.use(await ObjectStore.listen())
  const opened = await openBucket({ UNKNOWN_PEOPLE: '-', KNOWN_PEOPLE: '-', ...store.environment })
  assert.ok(opened)
  bucket = stack.use(opened)
  store.put(key, Buffer.from('a picture'))
  store.put('known_people/anna/1.jpg', Buffer.from('anna'))
})
after(() => stack.disposeAsync())

async function names(beginning: string) {
  const names: string[] = []
  for await (const { key } of bucket.list(beginning)) names.push(key)
  return names
}

test('our client of S3 reads, writes, lists and removes in it', async () => {
  await bucket.ping()
  assert.equal((await bucket.get(key, MAX)).toString(), 'a picture')
  await assert.rejects(bucket.get('unknown_people/none.jpg', MAX), ImageMissingError)
  const bytes = Buffer.from('new')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const put = async () =>
    await bucket.put('unknown_people/b.jpg', { body: () => bytes, length: bytes.length, sha256, ifAbsent: true })
  assert.deepEqual([await put(), await put()], [true, false])
  assert.deepEqual(await names('unknown_people/'), [key, 'unknown_people/b.jpg'])
  await bucket.remove('unknown_people/b.jpg')
  assert.equal(await bucket.head('unknown_people/b.jpg'), undefined)
})

test('more than a page is listed to the end', async () => {
  for (let i = 0; i < 2500; i++) store.put(`many/${i}`, Buffer.from(''))
  assert.equal((await names('many/')).length, 2500)
})

test('it goes away, and comes back', async () => {
  store.trouble = 'away'
  await assert.rejects(bucket.ping(), StoreUnavailableError)
  await assert.rejects(bucket.get(key, MAX), StoreUnavailableError)
  store.trouble = undefined
  await bucket.ping()
})

test('every second photo is a lie, and nothing else', async () => {
  store.trouble = 'lies'
  let right = 0
  for (let i = 0; i < 8; i++) {
    const bytes = await bucket.get(key, MAX).catch(() => undefined)
    if (bytes?.toString() === 'a picture') right++
    await bucket.ping()
    assert.equal((await bucket.get('known_people/anna/1.jpg', MAX)).toString(), 'anna')
  }
  assert.equal(right, 4)
  store.trouble = undefined
})

test('the known people go, and come back', async () => {
  store.knownGone = true
  assert.deepEqual(await names('known_people/'), [])
  await assert.rejects(bucket.get('known_people/anna/1.jpg', MAX), ImageMissingError)
  store.knownGone = false
  assert.deepEqual(await names('known_people/'), ['known_people/anna/1.jpg'])
})
