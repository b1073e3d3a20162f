import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, status } from '@livepods/grpc'
import type { SetDisplayNamesRequest } from '@livepods/protos'
import { picture, serve } from '../support/served.ts'

const within = { deadlineMs: 30_000 }

async function named() {
  const served = await serve()
  const { client } = served
  return {
    set: (request: SetDisplayNamesRequest) => call(client, client.setDisplayNames, request, within),
    version: async () => (await call(client, client.getStats, {}, within)).namesVersion,
    /** What Identify calls the nearest person and the runner-up, and MatchDescriptors after it. */
    names: async () => {
      const { faces } = await served.identify({ content: picture('0.25'), withDescriptors: true })
      const descriptors = faces[0]?.descriptor ?? Buffer.alloc(0)
      const { matches } = await call(client, client.matchDescriptors, { descriptors }, within)
      return [faces[0], matches[0]].flatMap((face) => [face?.nearest?.displayName, face?.runnerUp?.displayName])
    },
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  }
}

test('answers have the name of the image, else of the key, else the key, until other names are set', async () => {
  await using server = await named()
  assert.deepEqual([await server.version(), await server.names()], ['', ['people', 'bob', 'people', 'bob']])

  const people = [
    { person: 'people', displayName: 'Anna' },
    { person: 'bob', displayName: 'Not he' },
  ]
  await server.set({ version: '1', people, images: [{ imageName: 'bob_1.jpg', displayName: 'Bob B.' }] })
  assert.deepEqual([await server.version(), await server.names()], ['1', ['Anna', 'Bob B.', 'Anna', 'Bob B.']])

  await server.set({ version: '2', people: [{ person: 'people', displayName: 'Anne' }] })
  assert.deepEqual([await server.version(), await server.names()], ['2', ['Anne', 'bob', 'Anne', 'bob']])
})

test('names are no properties of an object', async () => {
  await using server = await named()
  await server.set({ version: '1', people: [{ person: '__proto__', displayName: 'x' }] })
  assert.deepEqual(await server.names(), ['people', 'bob', 'people', 'bob'])
})

test('names without a version, or with one that is too long, are refused', async () => {
  await using server = await named()
  for (const version of ['', 'x'.repeat(65)])
    await assert.rejects(server.set({ version }), { code: status.INVALID_ARGUMENT })
  assert.equal(await server.version(), '')
})

test('names can be set while the known people are being loaded', async () => {
  await using served = await serve({ loaded: false })
  const { client } = served
  await call(client, client.setDisplayNames, { version: '1' }, within)
  assert.equal((await call(client, client.getStats, {}, within)).namesVersion, '1')
})
