import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Call, call, RpcError, status } from '@livepods/grpc'
import type { MatchDescriptorsRequest, MatchDescriptorsRequest__Output } from '@livepods/protos'
import { QueueFullError } from '../../src/engine/worker-pool.ts'
import { DisplayNames } from '../../src/known/display-names.ts'
import { matchDescriptors } from '../../src/rpc/match-descriptors.ts'
import { descriptorAt } from '../support/descriptors.ts'
import { picture, serve } from '../support/served.ts'

const served = await serve()
after(() => served[Symbol.asyncDispose]())
const match = (request: MatchDescriptorsRequest) =>
  call(served.client, served.client.matchDescriptors, request, { deadlineMs: 30_000 })
const bytesOf = (...distances: number[]) =>
  Buffer.concat(distances.map((distance) => Buffer.from(descriptorAt(distance).buffer)))

test('stored embeddings are matched as the faces of a picture are, in their order, without a look at one', async () => {
  const { faces, gallery, engine } = await served.identify({ content: picture('0.25 0.9 2'), withDescriptors: true })
  const looks = served.looks.length
  const descriptors = Buffer.concat(faces.map(({ descriptor }) => descriptor))
  const answer = await match({ descriptors, engine })
  assert.deepEqual([answer.gallery, answer.engine], [gallery, engine])
  assert.deepEqual(
    answer.matches,
    faces.map(({ identified, nearest, runnerUp }) => ({ identified, nearest, runnerUp })),
  )
  assert.equal(served.looks.length, looks)
})

test('no embeddings have no matches, and the answer names the gallery', async () => {
  const { matches, gallery } = await match({})
  assert.deepEqual([matches, gallery], [[], served.known.gallery.hash])
})

test('4096 faces are matched in one call', async () => {
  const { matches } = await match({ descriptors: bytesOf(...Array.from({ length: 4096 }, (_, i) => i / 4096)) })
  assert.equal(matches.length, 4096)
  assert.deepEqual([matches[0]?.nearest?.person, matches[4095]?.nearest?.person], ['people', 'bob'])
})

test('the threshold of the request counts', async () => {
  assert.equal((await match({ descriptors: bytesOf(0.3), threshold: 0.2 })).matches[0]?.identified, false)
})

const errors: [title: string, request: MatchDescriptorsRequest, code: status, text: RegExp][] = [
  ['half a descriptor', { descriptors: Buffer.alloc(700) }, status.INVALID_ARGUMENT, /512 bytes, not 700/],
  ['4097 faces', { descriptors: Buffer.alloc(4097 * 512) }, status.INVALID_ARGUMENT, /4096/],
  ['NaN', { descriptors: bytesOf(0, Number.NaN) }, status.INVALID_ARGUMENT, /Descriptor 1 .*not finite/],
  ['another engine', { descriptors: bytesOf(0), engine: 'old' }, status.FAILED_PRECONDITION, /engine old/],
  ['a threshold out of range', { threshold: -1 }, status.INVALID_ARGUMENT, /threshold/],
]
for (const [title, request, code, text] of errors) {
  test(`${title} is the error ${status[code]}`, async () => {
    await assert.rejects(match(request), { code, message: text })
  })
}

/** The handler itself with 100 faces, and a gallery that changes after the first `changes` batches, at each. */
async function withChanges(changes: number) {
  let batches = 0
  const matcher = {
    match: async (descriptors: Float32Array[]) => ({
      gallery: `${Math.min(++batches, changes)}`,
      faces: descriptors.map(() => ({ identified: false })),
    }),
  }
  const request = { descriptors: Buffer.alloc(100 * 512), engine: '' } as MatchDescriptorsRequest__Output
  const signal = new AbortController().signal
  const call = { request, signal } as Call<MatchDescriptorsRequest__Output>
  return await matchDescriptors(call, { matcher, names: new DisplayNames(), engine: 'e', threshold: 0.6 })
}

test('when the known people change in the middle, all faces are matched again against the same ones', async () => {
  const { gallery, matches } = await withChanges(2)
  assert.deepEqual([gallery, matches?.length], ['2', 100])
})

test('when they change all the time, the client is asked to come back', async () => {
  await assert.rejects(withChanges(Infinity), (error) => error instanceof RpcError && error.code === status.UNAVAILABLE)
})

test('a full queue is RESOURCE_EXHAUSTED', async () => {
  const matcher = { match: () => Promise.reject(new QueueFullError('4 pictures are waiting already.')) }
  const request = { descriptors: Buffer.alloc(512), engine: '' } as MatchDescriptorsRequest__Output
  const call = { request, signal: new AbortController().signal } as Call<MatchDescriptorsRequest__Output>
  await assert.rejects(matchDescriptors(call, { matcher, names: new DisplayNames(), engine: 'e', threshold: 0.6 }), {
    code: status.RESOURCE_EXHAUSTED,
  })
})
