import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GrpcServer, unary } from '@livepods/grpc'
import { type AddKnownImageResponse, faces, type GetStatsResponse } from '@livepods/protos'
import { createLog } from '@livepods/service'
import { testTokens } from '@livepods/testing'
import { FaceService } from '../../src/people/face-service.ts'

const log = createLog('test', 'silent')
const definition = faces.FaceRecognitionService.service
const listen = (server: GrpcServer) => server.listen({ host: '127.0.0.1', port: 0 })

test('known people are changed with the token, as it is at that moment', async () => {
  await using tokens = await testTokens()
  const handlers = {
    GetStats: unary<object, GetStatsResponse>(log, async () => ({ ready: true, gallery: { hash: 'abc' } })),
    AddKnownImage: unary<object, AddKnownImageResponse>(log, async () => ({ image: { imageName: 'anna/1.jpg' } })),
  }
  const roles = { GetStats: 'read', AddKnownImage: 'manage' } as const
  const services = [{ definition, handlers, roles }]
  await using server = new GrpcServer({ services, log, access: tokens.access, closeWithinMs: 100 })
  const token: { headers: { authorization?: string } } = { headers: {} }
  using faceService = new FaceService(`127.0.0.1:${await listen(server)}`, { token })
  const add = () => faceService.add(Buffer.from('a'), 'anna', '1.jpg')
  await assert.rejects(faceService.gallery(), {
    name: 'FaceServiceRefuses',
    message: /needs an access token.*ACCESS_TOKEN_FILE/,
  })
  token.headers = tokens.headers.read
  assert.equal(await faceService.gallery(), 'abc')
  await assert.rejects(add(), { name: 'FaceServiceRefuses', message: /role manage; yours has a lesser one/ })
  token.headers = tokens.headers.manage
  assert.equal((await add()).imageName, 'anna/1.jpg')
})

test('a server without known people has none to follow, and says so to who changes them', async () => {
  await using server = new GrpcServer({ services: [{ definition, handlers: {}, roles: {} }], log, closeWithinMs: 100 })
  using faceService = new FaceService(`127.0.0.1:${await listen(server)}`)
  assert.equal(await faceService.gallery(), undefined)
  await assert.rejects(faceService.list(), { status: 501 })
})
