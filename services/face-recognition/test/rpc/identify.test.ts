import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { call, status } from '@livepods/grpc'
import { picture, serve } from '../support/served.ts'

const served = await serve()
after(() => served[Symbol.asyncDispose]())
const { identify, put, folder } = served

test('a known face is identified, with box, nearest and runner-up', async () => {
  put('a.jpg', '0.25')
  const { outcome, detail, width, height, gallery, engine, faces } = await identify({ path: 'a.jpg' })
  assert.equal(outcome, 'OUTCOME_IDENTIFIED')
  assert.equal(detail, '')
  assert.deepEqual([width, height, gallery, engine], [40, 30, served.known.gallery.hash, 'fake'])
  const [face] = faces
  assert.deepEqual(face?.box, { x: 0.1, y: 0.2, width: 0.3, height: 0.4 })
  assert.equal(face?.identified, true)
  const [anna, bob] = [
    { person: 'people', displayName: 'people', imageName: 'people/anna_1.jpg' },
    { person: 'bob', displayName: 'bob', imageName: 'bob_1.jpg' },
  ]
  assert.deepEqual(face?.nearest, { ...anna, distance: 0.25 })
  assert.deepEqual(face?.runnerUp, { ...bob, distance: 0.75 })
  assert.equal(face?.descriptor.length, 0)
})

test('bytes are looked at like a file', async () => {
  const { outcome, faces } = await identify({ content: picture('0.9 0.4') })
  assert.equal(outcome, 'OUTCOME_IDENTIFIED')
  assert.deepEqual(
    faces.map(({ nearest }) => nearest?.person),
    ['bob', 'people'],
  )
})

test('a face that nobody is near is unidentified and still names the nearest', async () => {
  const { outcome, faces } = await identify({ content: picture('2') })
  assert.equal(outcome, 'OUTCOME_UNIDENTIFIED')
  assert.equal(faces[0]?.identified, false)
  assert.equal(faces[0]?.nearest?.person, 'bob')
})

test('the threshold of the request counts', async () => {
  const request = { content: picture('0.5') }
  assert.equal((await identify({ ...request, threshold: 0.4 })).outcome, 'OUTCOME_UNIDENTIFIED')
  assert.equal((await identify({ ...request, threshold: 0.5 })).outcome, 'OUTCOME_IDENTIFIED')
  assert.equal((await identify({ content: picture('0.625') })).outcome, 'OUTCOME_IDENTIFIED', 'bob is at 0.375')
})

test('embeddings are 128 little-endian floats, when asked for', async () => {
  const { faces } = await identify({ content: picture('0.5'), withDescriptors: true })
  const bytes = faces[0]?.descriptor as Buffer
  assert.equal(bytes.length, 512)
  assert.deepEqual([bytes.readFloatLE(0), bytes.readFloatLE(4)], [0.5, 0])
})

test('no face is an outcome with a sentence', async () => {
  const { outcome, detail, gallery } = await identify({ content: picture('') })
  assert.deepEqual(
    [outcome, detail, gallery],
    ['OUTCOME_NO_FACE', 'There is no face on the picture.', served.known.gallery.hash],
  )
})

mkdirSync(join(folder, 'folder.jpg'))
execFileSync('mkfifo', [join(folder, 'pipe.jpg')])
writeFileSync(join(folder, 'large.jpg'), Buffer.alloc(1001))
symlinkSync('/etc/hostname', join(folder, 'link.jpg'))
put('broken.jpg', 'broken')

const faults: [title: string, request: object, outcome: string, sentence: RegExp][] = [
  ['a missing file', { path: 'none.jpg' }, 'OUTCOME_MISSING', /no such picture/],
  ['a folder', { path: 'folder.jpg' }, 'OUTCOME_UNREADABLE', /folder/],
  ['a pipe', { path: 'pipe.jpg' }, 'OUTCOME_UNREADABLE', /pipe/],
  ['a file that is too large', { path: 'large.jpg' }, 'OUTCOME_UNREADABLE', /1001 bytes/],
  ['a broken picture', { path: 'broken.jpg' }, 'OUTCOME_UNREADABLE', /broken/],
  [
    'bytes that are no JPEG, PNG or WebP',
    { content: Buffer.from('GIF89a') },
    'OUTCOME_UNREADABLE',
    /JPEG, PNG or WebP/,
  ],
  ['bytes above the limit', { content: picture('x'.repeat(998)) }, 'OUTCOME_UNREADABLE', /1001 bytes/],
  ['a path outside the folders', { path: '/etc/passwd' }, 'OUTCOME_REFUSED', /outside/],
  ['a link out of the folders', { path: 'link.jpg' }, 'OUTCOME_REFUSED', /out of/],
  ['a path with ..', { path: '../a.jpg' }, 'OUTCOME_REFUSED', /"\.\."/],
  ['a path with NUL', { path: 'a\0.jpg' }, 'OUTCOME_REFUSED', /control/],
  ['an over-long path', { path: 'x'.repeat(513) }, 'OUTCOME_REFUSED', /512/],
  ['a URL', { path: 'http://169.254.169.254/' }, 'OUTCOME_REFUSED', /URL/],
]
for (const [title, request, outcome, sentence] of faults) {
  test(`${title} is an outcome with a sentence, not an error`, async () => {
    const answer = await identify(request)
    assert.equal(answer.outcome, outcome)
    assert.match(answer.detail, sentence)
    assert.deepEqual(answer.faces, [])
  })
}

const damaged = `uploads/${hash('sha256', picture('0.25'))}.jpg`
mkdirSync(join(folder, 'uploads'))
put(damaged, '0.2')

test('a store that is away is told from one picture by the reason', async () => {
  await assert.rejects(identify({ path: 'away.jpg' }), { reason: 'store-away' })
  await assert.rejects(identify({ path: 'one.jpg' }), { reason: undefined })
})

const errors: [title: string, request: object, code: status, text: RegExp][] = [
  ['neither path nor content', {}, status.INVALID_ARGUMENT, /path or the content/],
  ['an empty path', { path: '' }, status.INVALID_ARGUMENT, /path or the content/],
  ['no bytes', { content: Buffer.alloc(0) }, status.INVALID_ARGUMENT, /path or the content/],
  ['a threshold of 0', { path: 'a.jpg', threshold: 0 }, status.INVALID_ARGUMENT, /threshold/],
  ['a threshold above 1', { path: 'a.jpg', threshold: 1.01 }, status.INVALID_ARGUMENT, /threshold/],
  ['a threshold that is no number', { path: 'a.jpg', threshold: Number.NaN }, status.INVALID_ARGUMENT, /threshold/],
  ['a full queue', { content: picture('full') }, status.RESOURCE_EXHAUSTED, /waiting/],
  ['a worker that died', { content: picture('lost') }, status.UNAVAILABLE, /worker/],
  ['an upload of which the store gives other bytes', { path: damaged }, status.UNAVAILABLE, /other bytes than those/],
  ['a store that is away', { path: 'away.jpg' }, status.UNAVAILABLE, /S3 service does not answer/],
  ['a picture that the store cannot give', { path: 'one.jpg' }, status.UNAVAILABLE, /failed with 503/],
  ['a bug, without its text', { content: picture('bug') }, status.INTERNAL, /^(?!.*secret).*$/],
  ['a request above its limit', { content: Buffer.alloc(3_000_000) }, status.RESOURCE_EXHAUSTED, /larger/],
]
for (const [title, request, code, text] of errors) {
  test(`${title} is the error ${status[code]}`, async () => {
    await assert.rejects(identify(request), { code, message: text })
  })
}

test('while the queue is full a picture is refused before it comes in, and what brings none is answered', async () => {
  await using served = await serve()
  const before = served.looks.length
  served.fill()
  // Too large to be received: nobody tried.
  const large = { content: Buffer.alloc(3_000_000) }
  await assert.rejects(served.identify(large), { code: status.RESOURCE_EXHAUSTED, message: /waiting already/ })
  await assert.rejects(served.identify({ content: picture('0') }), { code: status.RESOURCE_EXHAUSTED })
  assert.equal(served.looks.length, before)
  const { client } = served
  assert.equal((await call(client, client.getStats, {}, { deadlineMs: 30_000 })).gallery?.images, 2)
})
