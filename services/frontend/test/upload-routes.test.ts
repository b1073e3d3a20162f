import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { eventually } from '@livepods/testing'
import { Receiver } from '../src/receiver.ts'
import { frontend, type TestFrontend } from './support/frontend.ts'
import { type FakeReceiver, fakeReceiver } from './support/receiver.ts'

let fake: FakeReceiver
let receiver: Receiver
let front: TestFrontend
let url: string

const accepted = { status: 202, body: { id: '7', status: 'PENDING', href: '/v1/images/7' } }

before(async () => {
  fake = await fakeReceiver(async () => accepted)
  receiver = new Receiver(fake.url)
  front = await frontend({ receiver })
  url = await front.app.listen({ host: '127.0.0.1', port: 0 })
})
after(async () => {
  await front[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
  await fake[Symbol.asyncDispose]()
})

const post = (path: string, body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  fetch(url + path, { method: 'POST', body, headers, redirect: 'manual' })
const form = (names: string[]) => {
  const data = new FormData()
  for (const name of names) data.append('photos', new Blob(['x'], { type: 'image/png' }), name)
  return data
}

test('the bytes of a photo go through to the receiver, and its answer comes back', async () => {
  const photo = randomBytes(2_000_000)
  const response = await post('/v1/images', photo, { 'content-type': 'image/jpeg' })
  assert.deepEqual([response.status, await response.json()], [202, accepted.body])
  assert.equal(response.headers.get('location'), '/v1/images/7')
  const sha256 = createHash('sha256').update(photo).digest('hex')
  assert.deepEqual(fake.came.at(-1), { type: 'image/jpeg', sha256 })
})

test('a refusal comes back with its sentence, as a problem', async () => {
  fake.answer = async () => ({ status: 422, body: { detail: 'The photo has 51.0 megapixels; the limit is 50.' } })
  const response = await post('/v1/images', 'x', { 'content-type': 'image/png' })
  assert.equal(response.status, 422)
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  assert.match(((await response.json()) as { detail: string }).detail, /51\.0 megapixels/)
})

test('an answer that comes before the photo has come reaches the browser', async () => {
  const { createServer } = await import('node:http')
  const hasty = createServer((request, response) => {
    response.writeHead(413, { 'content-type': 'application/json' }).end('{"detail":"Too large."}')
    request.resume()
  })
  await new Promise<void>((resolve) => hasty.listen(0, '127.0.0.1', resolve))
  const { port } = hasty.address() as { port: number }
  await using to = new Receiver(`http://127.0.0.1:${port}`)
  await using other = await frontend({ receiver: to })
  const at = await other.app.listen({ host: '127.0.0.1', port: 0 })
  const init = { method: 'POST', body: Buffer.alloc(8_000_000), headers: { 'content-type': 'image/png' } }
  const response = await fetch(`${at}/v1/images`, init)
  assert.deepEqual([response.status, ((await response.json()) as { detail: string }).detail], [413, 'Too large.'])
  hasty.close().closeAllConnections()
})

test('who leaves in the middle of a photo is not waited for', async () => {
  fake.answer = async () => accepted
  const { begun, left } = fake
  const { port, hostname } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write('POST /v1/images HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\ncontent-length: 9999\r\n\r\nhalf')
  await eventually(() => assert.equal(fake.begun, begun + 1))
  socket.destroy()
  await eventually(() => assert.equal(fake.left, left + 1))
})

test('a receiver that is away is 503 with a sentence', async () => {
  await using away = new Receiver('http://127.0.0.1:1')
  await using other = await frontend({ receiver: away })
  const at = await other.app.listen({ host: '127.0.0.1', port: 0 })
  const init = { method: 'POST', body: 'x', headers: { 'content-type': 'image/png' } }
  const response = await fetch(`${at}/v1/images`, init)
  assert.equal(response.status, 503)
  assert.match(((await response.json()) as { detail: string }).detail, /receiver of photos does not answer/)
})

test('the receiver is told who sends a photo', async () => {
  const { answer } = fake
  const senders: unknown[] = []
  fake.answer = async (bytes, request) => {
    senders.push(request.headers['x-forwarded-for'])
    return await answer(bytes, request)
  }
  // Nobody is trusted to say that it forwards for others.
  await post('/v1/images', 'x', { 'content-type': 'image/png', 'x-forwarded-for': '203.0.113.7' })
  fake.answer = answer
  assert.deepEqual(senders, ['127.0.0.1'])
})

test('neither paths nor forms go through', async () => {
  for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'multipart/form-data; boundary=x']) {
    const { length } = fake.came
    assert.equal((await post('/v1/images', '{"path":"a.jpg"}', { 'content-type': type })).status, 415)
    assert.equal(fake.came.length, length)
  }
})

test('whatever media type bytes are sent as, the receiver decides what they are', async () => {
  for (const type of [
    'image/jpg',
    'IMAGE/JPEG',
    'image/jpeg; charset=utf-8',
    'application/octet-stream',
    'text/plain',
  ]) {
    assert.equal((await post('/v1/images', 'x', { 'content-type': type })).status, 202)
    assert.equal(fake.came.at(-1)?.type, type)
  }
})

test('a form goes through; when all is well the photos are shown, else what became of each', async () => {
  const html = { accept: 'text/html' }
  fake.answer = async () => ({ status: 200, body: { results: [{ name: 'a.png', result: 'accepted', id: '7' }] } })
  const sent = await post('/photos', form(['a.png']), html)
  assert.deepEqual([sent.status, sent.headers.get('location')], [303, '/'])
  const results = [
    { name: 'a.png', result: 'accepted', id: '7' },
    { name: '<b>.png', result: 'duplicate', id: '8' },
    { name: 'c.png', result: 'refused', status: 415, detail: 'The file is not a JPEG, PNG or WebP.' },
  ]
  fake.answer = async () => ({ status: 200, body: { results } })
  const page = await (await post('/photos', form(['a.png', 'b.png', 'c.png']), html)).text()
  assert.match(page, /&lt;b&gt;\.png<\/bdi> is <a href="\/photos\/8">here already/)
  assert.match(page, /c\.png<\/bdi> was not taken\. The file is not a JPEG/)
  fake.answer = async () => ({ status: 400, body: { detail: 'The form has no photo.' } })
  const none = await post('/photos', form([]), html)
  assert.deepEqual([none.status, /The form has no photo/.test(await none.text())], [400, true])
})
