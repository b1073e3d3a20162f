import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { jpeg, png } from './support/photos.ts'
import { uploadApp } from './support/upload-app.ts'

const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

test('the bytes of a photo are stored under their SHA-256, and it is accepted like any path', async () => {
  await using app = await uploadApp()
  const photo = jpeg(4000, 3000)
  const { status, headers, json } = await app.send(photo, 'image/jpeg')
  assert.deepEqual([status, json], [202, { id: '1', status: 'PENDING', href: '/v1/images/1' }])
  assert.equal(headers.get('location'), '/v1/images/1')
  const path = `uploads/${sum(photo)}.jpg`
  assert.deepEqual(await readFile(join(app.folder, path)), photo)
  assert.equal(app.rows.batches[0]?.[0]?.path, path)
  assert.deepEqual(app.notified, ['1'])
  assert.deepEqual(await app.staged(), [])
})

test('the same bytes again, and many times at once, are one photo', async () => {
  await using app = await uploadApp()
  const photo = png(10, 10, 200_000)
  const all = await Promise.all(Array.from({ length: 8 }, () => app.send(photo, 'image/png')))
  assert.deepEqual([...new Set(all.map(({ json }) => json.id))], ['1'])
  assert.deepEqual(all.map(({ status }) => status).sort(), [...Array(7).fill(200), 202])
  assert.equal((await app.send(photo, 'image/png')).status, 200)
  assert.deepEqual(await app.stored(), [`${sum(photo)}.png`])
  assert.deepEqual(await app.staged(), [])
})

test('the same key with other bytes is 422, with the same bytes 200', async () => {
  await using app = await uploadApp()
  const headers = { 'content-type': 'image/png', 'idempotency-key': 'k' }
  const photo = png(1, 1)
  assert.equal((await app.send(photo, headers)).status, 202)
  assert.equal((await app.send(photo, headers)).status, 200)
  assert.equal((await app.send(png(1, 1), headers)).status, 422)
})

test('a JPEG with stray bytes between its segments is accepted', async () => {
  await using app = await uploadApp()
  const photo = jpeg(40, 30)
  const frame = photo.indexOf(Buffer.from([0xff, 0xff, 0xc2]))
  const strayed = Buffer.concat([photo.subarray(0, frame), Buffer.from('stray'), photo.subarray(frame)])
  assert.equal((await app.send(strayed, 'image/jpeg')).status, 202)
})

const WEBP = Buffer.concat([Buffer.from('RIFF\x10\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0', 'latin1'), Buffer.alloc(20, 255)])
const refusals: [what: string, bytes: Buffer, type: string, status: number, sentence: RegExp][] = [
  ['text as a JPEG', Buffer.from('no picture '.repeat(9)), 'image/jpeg', 415, /not a JPEG, PNG or WebP/],
  ['a HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0heicmif1', 'latin1'), 'image/jpeg', 415, /HEIC.*JPEG/],
  ['a GIF by its type', Buffer.from('GIF89a'), 'image/gif', 415, /not a JPEG, PNG or WebP/],
  [
    'a path with the type of a form',
    Buffer.from('{"path":"a.jpg"}'),
    'application/x-www-form-urlencoded',
    415,
    /as JPEG/,
  ],
  ['nothing', Buffer.alloc(0), 'image/jpeg', 400, /no bytes/],
  ['65 megapixels', jpeg(10_000, 6500), 'image/jpeg', 413, /65\.0 megapixels; the limit is 64\./],
  ['a bomb of 14 000 x 14 000', png(14_000, 14_000), 'image/png', 413, /196 megapixels/],
  ['a canvas of 281 million megapixels', WEBP, 'image/webp', 413, /megapixels/],
  ['a PNG that ends in its header', png(1, 1).subarray(0, 20), 'image/png', 422, /beginning of the file is broken/],
  ['a JPEG without a frame', Buffer.from([0xff, 0xd8, 0xff, 0xd9]), 'image/jpeg', 422, /beginning/],
  ['a byte too many', png(1, 1, 1_000_000), 'image/png', 413, /more than 0\.95 MB/],
]
for (const [what, bytes, type, status, sentence] of refusals) {
  test(`${what} is refused with ${status} and leaves nothing`, async () => {
    await using app = await uploadApp()
    const { json, status: answered } = await app.send(bytes, type)
    assert.equal(answered, status)
    assert.match(json.detail, sentence)
    assert.deepEqual([await app.stored(), await app.staged(), app.rows.batches.length], [[], [], 0])
  })
}

for (const type of [
  ...['image/jpg', 'image/pjpeg', 'image/png', 'IMAGE/JPEG', 'image/jpeg; charset=utf-8', 'image/jpeg;charset=binary'],
  ...['application/octet-stream', 'binary/octet-stream', 'text/plain', 'application/x-www-form-urlencoded', 'x/y'],
  undefined,
]) {
  test(`the bytes decide what a photo is: a JPEG that is sent as ${type ?? 'nothing'} is accepted as one`, async () => {
    await using app = await uploadApp()
    const photo = jpeg(40, 30)
    const body = new Blob([photo])
    const response = await fetch(app.url, { method: 'POST', body, ...(type && { headers: { 'content-type': type } }) })
    assert.equal(response.status, 202, await response.text())
    assert.deepEqual(await app.stored(), [`${sum(photo)}.jpg`])
  })
}

test('a compressed body is refused', async () => {
  await using app = await uploadApp()
  const { status, json } = await app.send(png(1, 1), { 'content-type': 'image/png', 'content-encoding': 'gzip' })
  assert.equal(status, 415)
  assert.match(json.detail, /as it is/)
})

test('a photo of unknown length is refused as soon as it is too large', async () => {
  await using app = await uploadApp({ maxBytes: 1000 })
  const head = png(1, 1)
  async function* chunks() {
    yield head
    for (let index = 0; index < 50; index++) yield Buffer.alloc(10_000)
  }
  const init = { method: 'POST', body: chunks(), duplex: 'half', headers: { 'content-type': 'image/png' } }
  const response = await fetch(app.url, init as unknown as RequestInit)
  assert.equal(response.status, 413)
  assert.deepEqual([await app.stored(), await app.staged()], [[], []])
})

test('a photo that is cut off leaves nothing, and the next one is accepted', async () => {
  await using app = await uploadApp()
  const { port, hostname, pathname } = new URL(app.url)
  const socket = connect(Number(port), hostname)
  const head = `POST ${pathname} HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\ncontent-length: 5000\r\n\r\n`
  socket.write(Buffer.concat([Buffer.from(head), png(1, 1)]))
  await eventually(async () => assert.equal((await app.staged()).length, 1))
  socket.destroy()
  await eventually(async () => assert.deepEqual(await app.staged(), []))
  assert.deepEqual([await app.stored(), app.rows.batches.length], [[], 0])
  assert.equal((await app.send(png(1, 1), 'image/png')).status, 202)
})

test('a URL is not fetched', async () => {
  await using app = await uploadApp()
  const body = Buffer.from(JSON.stringify({ path: `${app.url}/a.jpg` }))
  const { status, json } = await app.send(body, 'application/json')
  assert.equal(status, 400)
  assert.match(json.detail, /URL; only files/)
})

test('a body that is missing is 400, as one of another type is 415', async () => {
  await using app = await uploadApp()
  const empty = await app.app.inject({ method: 'POST', url: '/v1/images' })
  assert.equal(empty.statusCode, 400)
  for (const type of ['text/csv', 'nonsense']) {
    const { status, json } = await app.send(Buffer.from('x'), type)
    assert.equal(status, 415)
    assert.match(json.detail, /JPEG, PNG or WebP/)
  }
})

test('the API description names the media types that may be sent', async () => {
  await using app = await uploadApp()
  const { paths } = (await app.app.inject('/openapi.json')).json()
  assert.deepEqual(Object.keys(paths['/v1/images'].post.requestBody.content), [
    'application/json',
    'image/jpeg',
    'image/png',
    'image/webp',
    'multipart/form-data',
  ])
})
