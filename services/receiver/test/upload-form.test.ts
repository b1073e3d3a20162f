import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { MAX_FILES_PER_FORM } from '../src/limits.ts'
import { form, jpeg, png } from './support/photos.ts'
import { uploadApp } from './support/upload-app.ts'

test('a form brings several photos, and a bad one does not fail the rest', async () => {
  await using app = await uploadApp({ maxBytes: 5000 })
  const twice = jpeg(10, 10)
  const { headers, body } = form([
    { name: 'a.jpg', type: 'image/jpeg', bytes: twice },
    { name: 'text.jpg', type: 'image/jpeg', bytes: Buffer.from('no picture '.repeat(10)) },
    { name: 'large.png', type: 'image/png', bytes: png(1, 1, 9000) },
    { name: 'many.png', type: 'image/png', bytes: png(20_000, 20_000) },
    { name: 'again.jpg', type: 'image/jpeg', bytes: twice },
    { name: 'unsaid.bin', type: 'application/octet-stream', bytes: png(3, 3) },
    { name: 'untyped.jpg', type: undefined, bytes: jpeg(5, 5) },
    { name: 'jpeg.png', type: 'image/png', bytes: jpeg(6, 6) },
  ])
  const { status, json } = await app.send(body, headers)
  assert.equal(status, 200)
  const results = json.results as { name: string; result: string; status: number; id?: string; detail?: string }[]
  assert.deepEqual(
    results.map(({ name, result, status }) => [name, result, status]),
    [
      ['a.jpg', 'accepted', 'PENDING'],
      ['text.jpg', 'refused', 415],
      ['large.png', 'refused', 413],
      ['many.png', 'refused', 413],
      ['again.jpg', 'duplicate', 'PENDING'],
      ['unsaid.bin', 'accepted', 'PENDING'],
      ['untyped.jpg', 'accepted', 'PENDING'],
      ['jpeg.png', 'accepted', 'PENDING'],
    ],
  )
  assert.equal(results[0]?.id, results[4]?.id)
  assert.match(results[2]?.detail ?? '', /limit/)
  assert.equal((await app.stored()).length, 4)
  assert.deepEqual(await app.staged(), [])
})

test('a form that ends in the middle of a photo keeps those before it, and nothing of that one', async () => {
  await using app = await uploadApp()
  const { headers, body } = form([
    { name: 'whole.png', type: 'image/png', bytes: png(1, 1) },
    { name: 'half.png', type: 'image/png', bytes: png(1, 1, 50_000) },
  ])
  const { status, json } = await app.send(body.subarray(0, body.length - 20_000), headers)
  assert.equal(status, 200)
  const [whole, half] = json.results
  assert.deepEqual([whole.name, whole.result], ['whole.png', 'accepted'])
  assert.deepEqual([half.result, half.status], ['refused', 400])
  assert.match(half.detail, /ended too early/)
  assert.equal((await app.stored()).length, 1)
  assert.deepEqual(await app.staged(), [])
})

test('a form whose connection breaks leaves nothing of the photo that was being received', async () => {
  await using app = await uploadApp()
  const { port, hostname, pathname } = new URL(app.url)
  const { headers, body } = form([{ name: 'half.png', type: 'image/png', bytes: png(1, 1, 50_000) }])
  const socket = connect(Number(port), hostname)
  const head = `POST ${pathname} HTTP/1.1\r\nhost: x\r\ncontent-type: ${headers['content-type']}\r\ncontent-length: ${body.length}\r\n\r\n`
  socket.write(Buffer.concat([Buffer.from(head), body.subarray(0, 20_000)]))
  await eventually(async () => assert.equal((await app.staged()).length, 1))
  socket.destroy()
  await eventually(async () => assert.deepEqual(await app.staged(), []))
  assert.deepEqual([await app.stored(), app.rows.batches.length], [[], 0])
})

test('a form without a photo, and one without a boundary, are 400 with a sentence', async () => {
  await using app = await uploadApp()
  const none = form([{ name: '', type: 'application/octet-stream', bytes: Buffer.alloc(0) }])
  const empty = await app.send(none.body, none.headers)
  assert.deepEqual([empty.status, /no photo/.test(empty.json.detail)], [400, true])
  const { status, json } = await app.send(none.body, 'multipart/form-data')
  assert.deepEqual([status, /boundary/.test(json.detail)], [400, true])
})

test('a form with too many photos has an error after the results of those that were accepted', async () => {
  await using app = await uploadApp()
  const parts = Array.from({ length: MAX_FILES_PER_FORM + 2 }, () => ({
    name: 'a',
    type: 'image/png',
    bytes: png(1, 1),
  }))
  const { headers, body } = form(parts)
  const { json } = await app.send(body, headers)
  const last = json.results.at(-1)
  assert.deepEqual([json.results.length, last.result, last.status], [MAX_FILES_PER_FORM + 1, 'refused', 413])
})
