import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { call, status } from '@livepods/grpc'
import type { CompareRequest } from '@livepods/protos'
import { picture, serve } from '../support/served.ts'

const served = await serve()
after(() => served[Symbol.asyncDispose]())
const compare = (request: CompareRequest) => call(served.client, served.client.compare, request, { deadlineMs: 30_000 })
const content = (text: string) => ({ content: picture(text) })

test('every face of one picture is compared with every face of the other', async () => {
  const answer = await compare({ one: content('0 0.5'), other: content('0.25 1 2') })
  assert.deepEqual(answer.distances, [0.25, 1, 2, 0.25, 0.5, 1.5])
  assert.deepEqual([answer.same, answer.distance, answer.engine], [true, 0.25, 'fake'])
  assert.deepEqual(
    answer.one?.faces.map(({ box, score, nearest, descriptor }) => [box?.x, score, nearest, descriptor.length]),
    [
      [0.1, 0.9, null, 0],
      [0.1, 0.9, null, 0],
    ],
  )
  assert.deepEqual([answer.other?.faces.length, answer.other?.width, answer.other?.height], [3, 40, 30])
  assert.equal(answer.one?.outcome, 'OUTCOME_UNSPECIFIED')
})

test('the threshold of the request counts, else that of the server', async () => {
  const pictures = { one: content('0'), other: content('0.5') }
  assert.equal((await compare(pictures)).same, true)
  assert.equal((await compare({ ...pictures, threshold: 0.49 })).same, false)
})

test('a path is a picture, too', async () => {
  served.put('a.jpg', '0.125')
  assert.equal((await compare({ one: { path: 'a.jpg' }, other: content('0') })).distance, 0.125)
})

test('what is wrong with a picture is its outcome, and the other one is still looked at', async () => {
  const { same, distance, distances, one, other } = await compare({ one: content('broken'), other: content('0') })
  assert.deepEqual([same, distance, distances], [false, undefined, []])
  assert.deepEqual([one?.outcome, one?.detail], ['OUTCOME_UNREADABLE', 'The picture is broken or cut off.'])
  assert.equal(other?.faces.length, 1)
  const outcomes = await compare({ one: { path: '/etc/passwd' }, other: { path: 'none.jpg' } })
  assert.deepEqual([outcomes.one?.outcome, outcomes.other?.outcome], ['OUTCOME_REFUSED', 'OUTCOME_MISSING'])
  const { one: nobody } = await compare({ one: content(''), other: content('0') })
  assert.deepEqual([nobody?.outcome, nobody?.detail], ['OUTCOME_NO_FACE', 'There is no face on the picture.'])
})

const errors: [title: string, request: CompareRequest, code: status][] = [
  ['one picture only', { one: content('0') }, status.INVALID_ARGUMENT],
  ['an empty picture', { one: content('0'), other: {} }, status.INVALID_ARGUMENT],
  ['a threshold out of range', { one: content('0'), other: content('0'), threshold: 2 }, status.INVALID_ARGUMENT],
  ['a full queue', { one: content('0'), other: content('full') }, status.RESOURCE_EXHAUSTED],
]
for (const [title, request, code] of errors) {
  test(`${title} is the error ${status[code]}`, async () => {
    await assert.rejects(compare(request), { code })
  })
}
