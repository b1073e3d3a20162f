import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faces } from '@livepods/protos'
import { createLog } from '@livepods/service'
import { call, GrpcServer, Replicas, RpcError, status, unary } from '../src/index.ts'

const log = createLog('test', 'silent')
const within = { deadlineMs: 30_000 }

async function served(engine: string) {
  const GetStats = unary<object, { engine: string }>(log, async () => ({ engine }))
  const services = [
    { definition: faces.FaceRecognitionService.service, handlers: { GetStats }, roles: { GetStats: 'read' } as const },
  ]
  const server = new GrpcServer({ services, log, closeWithinMs: 100 })
  const address = `127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`
  return { address, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

test('every replica is asked, those that come and go too, and one that does not answer spoils nothing', async () => {
  await using one = await served('one')
  await using other = await served('other')
  let addresses = [one.address]
  using replicas = new Replicas(faces.FaceRecognitionService, 'faces:1', { addresses: async () => addresses })
  const ask = async () => {
    const answers = await replicas.ask(async (client) => (await call(client, client.getStats, {}, within)).engine)
    return answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason.name))
  }
  assert.deepEqual(await ask(), ['one'])
  addresses = [one.address, other.address, '127.0.0.1:1']
  assert.deepEqual(await ask(), ['one', 'other', 'CallError'])
  addresses = [other.address]
  assert.deepEqual(await ask(), ['other'])
})

test('without more than an address there is one', async () => {
  await using one = await served('one')
  for (const address of [one.address, `dns:///${one.address}`, one.address.replace('127.0.0.1', 'localhost')]) {
    using replicas = new Replicas(faces.FaceRecognitionService, address)
    assert.equal((await replicas.ask((client) => call(client, client.getStats, {}, within))).length, 1, address)
  }
})

test('a reason goes with an error', async () => {
  const GetStats = unary(log, async () => {
    throw new RpcError(status.UNAVAILABLE, 'Not now.', { reason: 'away' })
  })
  const services = [
    { definition: faces.FaceRecognitionService.service, handlers: { GetStats }, roles: { GetStats: 'read' } as const },
  ]
  await using server = new GrpcServer({ services, log, closeWithinMs: 100 })
  const address = `127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`
  using replicas = new Replicas(faces.FaceRecognitionService, address)
  const [answer] = await replicas.ask((client) => call(client, client.getStats, {}, within))
  assert.equal(answer?.status, 'rejected')
  assert.deepEqual([answer.reason.reason, answer.reason.details], ['away', 'Not now.'])
})
