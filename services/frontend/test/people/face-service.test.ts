import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GrpcServer, RpcError, status, unary } from '@livepods/grpc'
import {
  type AddKnownImageResponse,
  type ConfirmKnownImagesGoneRequest__Output,
  faces,
  type GetStatsResponse,
  type KnownStore,
  type RemoveKnownImageRequest__Output,
} from '@livepods/protos'
import { createLog } from '@livepods/service'
import { testTokens } from '@livepods/testing'
import { FaceService } from '../../src/people/face-service.ts'

const log = createLog('test', 'silent')
const definition = faces.FaceRecognitionService.service
const listen = (server: GrpcServer) => server.listen({ host: '127.0.0.1', port: 0 })

test('known people are changed with the token, as it is at that moment', async () => {
  await using tokens = await testTokens()
  const skipped = { name: 'x.heic', reason: 'It is not read.' }
  const gallery = { hash: 'abc', skippedFiles: [skipped], skippedInAll: 3 }
  const handlers = {
    GetStats: unary<object, GetStatsResponse>(log, async () => ({ ready: true, gallery })),
    AddKnownImage: unary<object, AddKnownImageResponse>(log, async () => ({ image: { imageName: 'anna/1.jpg' } })),
  }
  const roles = { GetStats: 'read', AddKnownImage: 'manage' } as const
  const services = [{ definition, handlers, roles }]
  await using server = new GrpcServer({ services, log, access: tokens.access, closeWithinMs: 100 })
  const token: { headers: { authorization?: string } } = { headers: {} }
  using faceService = new FaceService(`127.0.0.1:${await listen(server)}`, { token })
  const add = () => faceService.add(Buffer.from('a'), 'anna', '1.jpg')
  await assert.rejects(faceService.gallery(), {
    name: 'FaceServiceRefusedError',
    message: /needs an access token.*ACCESS_TOKEN_FILE/,
  })
  token.headers = tokens.headers.read
  assert.deepEqual(await faceService.gallery(), { hash: 'abc', skipped: { files: [skipped], total: 3 } })
  await assert.rejects(add(), { name: 'FaceServiceRefusedError', message: /role manage; yours has a lesser one/ })
  token.headers = tokens.headers.manage
  assert.equal((await add()).imageName, 'anna/1.jpg')
})

test('a server without known people has none to follow, and says so to who changes them', async () => {
  await using server = new GrpcServer({ services: [{ definition, handlers: {}, roles: {} }], log, closeWithinMs: 100 })
  using faceService = new FaceService(`127.0.0.1:${await listen(server)}`)
  assert.equal(await faceService.gallery(), undefined)
  await assert.rejects(faceService.list(), { status: 501 })
})

/** A replica whose known people lie so; `told` is what it was asked to change. */
async function replica(store: KnownStore) {
  const told: string[] = []
  const handlers = {
    GetStats: unary<object, GetStatsResponse>(log, async () => ({ ready: true, gallery: { hash: 'abc' }, store })),
    ConfirmKnownImagesGone: unary(log, async ({ request }: { request: ConfirmKnownImagesGoneRequest__Output }) => {
      if (store.loss && store.loss !== request.loss)
        throw new RpcError(status.FAILED_PRECONDITION, 'In the meantime others vanished.')
      told.push(`confirm ${request.loss}`)
      return { confirmed: store.loss !== undefined, gallery: '' }
    }),
    RemoveKnownImage: unary(log, async ({ request }: { request: RemoveKnownImageRequest__Output }) => {
      told.push(`remove ${request.imageName}`)
      return { removed: true }
    }),
    AddKnownImage: unary(log, async () => {
      throw new RpcError(status.UNAVAILABLE, 'The folder of known people is not there.', {
        reason: 'known_people_away',
      })
    }),
  }
  const [read, manage] = ['read', 'manage'] as const
  const roles = { GetStats: read, ConfirmKnownImagesGone: manage, RemoveKnownImage: manage, AddKnownImage: manage }
  const server = new GrpcServer({ services: [{ definition, handlers, roles }], log, closeWithinMs: 100 })
  const address = `127.0.0.1:${await listen(server)}`
  return { address, told, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

test('what is held by one of several replicas is told, and all hear that it is gone', async () => {
  const held = { state: 'KNOWN_STORE_STATE_HELD', vanished: 3, known: 3, loss: 'ab', detail: 'All vanished.' } as const
  await using one = await replica({ state: 'KNOWN_STORE_STATE_PRESENT' })
  await using two = await replica(held)
  await using three = await replica({ ...held })
  const addresses = [one, two, three].map(({ address }) => address)
  using faceService = new FaceService(one.address, { addresses: async () => [...addresses, '127.0.0.1:1'] })
  const { kind, vanished, detail, loss } = (await faceService.state()) ?? {}
  assert.deepEqual([kind, vanished, detail, loss], ['held', 3, 'All vanished.', 'ab'])
  await assert.rejects(faceService.confirmGone('cd'), { status: 409, message: /others vanished/ })
  assert.equal(await faceService.confirmGone('ab'), true)
  for (const { told } of [two, three]) assert.deepEqual(told, ['confirm ab'])
})

test('what one replica removes, the others forget as well: to them it would be a loss', async () => {
  await using one = await replica({})
  await using two = await replica({})
  using faceService = new FaceService(one.address, { addresses: async () => [one.address, two.address] })
  await faceService.remove('anna/1.jpg')
  assert.deepEqual(new Set([...one.told, ...two.told]), new Set(['remove anna/1.jpg']))
  assert.equal(two.told.length, 1)
})

test('known people that are away are told in the words of the face service', async () => {
  await using one = await replica({})
  using faceService = new FaceService(one.address)
  assert.equal(await faceService.state(), undefined)
  const adding = faceService.add(Buffer.from('a'), 'anna', '1.jpg')
  await assert.rejects(adding, { status: 503, message: 'The folder of known people is not there.' })
})
