import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Access, AccessToken } from '@livepods/access'
import { faces, facesDefinition, type IdentifyRequest__Output, type IdentifyResponse } from '@livepods/protos'
import { createLog } from '@livepods/service'
import { Connection, call, connect, GrpcServer, Health, status, unary } from '../src/index.ts'
import { reflect } from './support/reflection.ts'

const SUBMIT = 'submit-token-0123456789'
const MANAGE = 'manage-token-0123456789'
const silent = createLog('test', 'silent')
const definition = faces.FaceRecognitionService.service

/** A guarded server whose Identify (submit) and RemoveKnownImage (manage) say who called. */
async function serve() {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'livepods-grpc-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const file = (name: string) => join(folder, name)
  await writeFile(file('tokens'), `${SUBMIT} submit processor\n${MANAGE} manage frontend\n`)
  const access = stack.use(await Access.open({ HOST: '0.0.0.0', ACCESS_TOKENS_FILE: file('tokens') }, silent))
  const lines: Record<string, unknown>[] = []
  const log = { info: (fields: object, message: string) => void lines.push({ ...fields, message }) } as never
  const actor = async ({ actor }: { actor: string }) => ({ detail: actor })
  const handlers = {
    Identify: unary<IdentifyRequest__Output, IdentifyResponse>(silent, actor),
    RemoveKnownImage: unary(silent, async () => ({})),
  }
  const roles = { Identify: 'submit', RemoveKnownImage: 'manage' } as const
  const server = stack.use(
    new GrpcServer({ services: [{ definition, handlers, roles }], log, access, reflection: facesDefinition }),
  )
  const address = `127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`
  server.serving = true
  const client = async (token?: string) => {
    if (token) await writeFile(file('token'), token)
    const config = token ? { ACCESS_TOKEN_FILE: file('token') } : {}
    const own = stack.use(await AccessToken.open(config, silent))
    return stack.adopt(connect(faces.FaceRecognitionService, address, { token: own }), (client) => client.close())
  }
  return { address, lines, client, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const within = { deadlineMs: 30_000, headers: { 'x-request-id': 'r-1' } }

test('a call needs a token with the role of its method, and the handler learns who called', async () => {
  await using served = await serve()
  const none = await served.client()
  await assert.rejects(call(none, none.identify, {}, within), { code: status.UNAUTHENTICATED })
  const wrong = await served.client('wrong-token-0123456789')
  await assert.rejects(call(wrong, wrong.identify, {}, within), { code: status.UNAUTHENTICATED })
  const client = await served.client(SUBMIT)
  assert.equal((await call(client, client.identify, {}, within)).detail, 'processor')
  await assert.rejects(call(client, client.removeKnownImage, {}, within), {
    code: status.PERMISSION_DENIED,
    details: 'This needs an access token with the role manage; yours has a lesser one.',
  })
})

test('a client cannot say who it is by itself', async () => {
  await using served = await serve()
  const client = await served.client(SUBMIT)
  const headers = { 'x-livepods-actor': 'anna' }
  assert.equal((await call(client, client.identify, {}, { ...within, headers })).detail, 'processor')
})

test('a connection of its own carries the token too', async () => {
  await using served = await serve()
  using connection = new Connection(served.address, { token: { headers: { authorization: `Bearer ${SUBMIT}` } } })
  const client = connection.client(faces.FaceRecognitionService)
  assert.equal((await call(client, client.identify, {}, within)).detail, 'processor')
})

test('health is open to all; a method without a handler says so to those who may read', async () => {
  await using served = await serve()
  using health = new Health(served.address)
  await health.check({ deadlineMs: 30_000 })
  const none = await served.client()
  await assert.rejects(call(none, none.getStats, {}, within), { code: status.UNAUTHENTICATED })
  const client = await served.client(SUBMIT)
  await assert.rejects(call(client, client.getStats, {}, within), { code: status.UNIMPLEMENTED })
})

test('reflection needs a token', async () => {
  await using served = await serve()
  const question = { list_services: '' }
  assert.equal((await reflect(served.address, question)).code, status.UNAUTHENTICATED)
  assert.equal((await reflect(served.address, question, SUBMIT)).code, status.OK)
})

test('every change is logged once with who made it and the id of the request', async () => {
  await using served = await serve()
  const client = await served.client(MANAGE)
  await call(client, client.removeKnownImage, {}, within)
  await call(client, client.identify, {}, within)
  const method = '/livepods.faces.v1.FaceRecognitionService/RemoveKnownImage'
  assert.deepEqual(served.lines, [
    { method, actor: 'frontend', requestId: 'r-1', code: 'OK', message: 'call completed' },
  ])
})

test('a method that names no role cannot be served', () => {
  const handlers = { Identify: unary(silent, async () => ({})) }
  assert.throws(
    () => new GrpcServer({ services: [{ definition, handlers, roles: {} }], log: silent }),
    /FaceRecognitionService\/Identify names no role/,
  )
})
