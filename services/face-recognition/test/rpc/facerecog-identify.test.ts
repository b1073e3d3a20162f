import assert from 'node:assert/strict'
import { connect } from 'node:http2'
import { after, test } from 'node:test'
import { call, status } from '@livepods/grpc'
import { serve } from '../support/served.ts'

const served = await serve()
after(() => served[Symbol.asyncDispose]())
const { facerecogClient, put } = served

const identify = (imagePath: string) =>
  call(facerecogClient, facerecogClient.identify, { imagePath }, { deadlineMs: 30_000 })
/** The answer with its trailing metadata. */
async function withReason(imagePath: string) {
  const { promise, resolve, reject } = Promise.withResolvers<{ imageName: string }>()
  const running = facerecogClient.identify({ imagePath }, (error, answer) =>
    error ? reject(error) : resolve(answer as never),
  )
  const reason = new Promise((resolve) => running.on('status', ({ metadata }) => resolve(metadata.get('reason')[0])))
  return { ...(await promise), reason: await reason }
}

test('the answer is the known image as the table of kube-cluster-sample has it, in its folder', async () => {
  put('a.jpg', '0.1')
  assert.deepEqual(await identify('/unknown_people/a.jpg'), { imageName: 'people/anna_1.jpg' })
  assert.deepEqual(await identify('a.jpg'), { imageName: 'people/anna_1.jpg' })
})

test('of several identified faces the nearest answers', async () => {
  put('b.jpg', '0.4 0.9 3')
  assert.deepEqual(await identify('b.jpg'), { imageName: 'bob_1.jpg' })
})

put('nobody.jpg', '5')
put('empty.jpg', '')
put('broken.jpg', 'broken')
for (const [path, reason] of [
  ['nobody.jpg', 'unidentified'],
  ['empty.jpg', 'no_face'],
  ['broken.jpg', 'unreadable'],
  ['none.jpg', 'missing'],
  ['/etc/passwd', 'refused'],
  ['../a.jpg', 'refused'],
  ['', 'refused'],
]) {
  test(`"${path}" is not_found, never an error, and the metadata says: ${reason}`, async () => {
    assert.deepEqual(await withReason(path as string), { imageName: 'not_found', reason })
  })
}

test('a fault of the server stays an error', async () => {
  put('lost.jpg', 'lost')
  put('full.jpg', 'full')
  await assert.rejects(identify('lost.jpg'), { code: status.UNAVAILABLE })
  await assert.rejects(identify('full.jpg'), { code: status.RESOURCE_EXHAUSTED })
})

test('a client that only knows the wire format of kube-cluster-sample gets its bytes', async () => {
  put('a.jpg', '0.9')
  const session = connect(`http://${served.address}`)
  const stream = session.request({
    ':method': 'POST',
    ':path': '/facerecog.Identify/Identify',
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  stream.end(Buffer.from('\0\0\0\0\x07\n\x05a.jpg', 'latin1'))
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  session.close()
  assert.equal(Buffer.concat(chunks).toString('latin1'), '\0\0\0\0\x0b\n\x09bob_1.jpg')
})
