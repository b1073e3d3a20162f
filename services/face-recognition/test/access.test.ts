import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type CallError, Connection, call, Health, status } from '@livepods/grpc'
import { facerecog, faces } from '@livepods/protos'
import { testTokens } from '@livepods/testing'
import { serve } from './support/served.ts'

const tokens = await testTokens()
after(() => tokens[Symbol.asyncDispose]())

const ROLES = ['read', 'submit', 'manage'] as const
const METHODS = [faces.FaceRecognitionService, facerecog.Identify, facerecog.HealthCheck].flatMap(({ service }) =>
  Object.values(service as Record<string, { path: string }>),
)

/** The status of a call without content to each method that the protos name, by path and role. */
async function answersByMethod(address: string) {
  const answers = new Map<string, Record<string, status>>()
  for (const role of ['nobody', ...ROLES] as const) {
    using connection = new Connection(address, role === 'nobody' ? {} : { token: { headers: tokens.headers[role] } })
    const client = connection.client(faces.FaceRecognitionService)
    for (const { path } of METHODS) {
      const ask = (_: unknown, ...rest: [never, never, never]) =>
        client.makeUnaryRequest(path, same, same, Buffer.alloc(0), ...rest)
      const code = await call(client, Object.assign(ask, { path }) as never, {}, { deadlineMs: 30_000 }).then(
        () => status.OK,
        (error: CallError) => error.code,
      )
      answers.set(path, { ...answers.get(path), [role]: code })
    }
  }
  return answers
}

const same = (bytes: Buffer) => bytes

test('with tokens every method answers UNAUTHENTICATED without one, PERMISSION_DENIED to a lesser role, and lets its role in', async () => {
  await using served = await serve({ access: tokens.access })
  const answers = await answersByMethod(served.address)
  assert.deepEqual([...answers.keys()].sort(), [...served.roles.keys()].sort())
  for (const [path, { nobody, ...byRole }] of answers) {
    assert.equal(nobody, status.UNAUTHENTICATED, path)
    const needed = ROLES.indexOf(served.roles.get(path) as 'read')
    for (const [rank, role] of ROLES.entries()) {
      const code = byRole[role] as status
      if (rank < needed) assert.equal(code, status.PERMISSION_DENIED, `${path} ${role}`)
      else assert.ok(code !== status.PERMISSION_DENIED && code !== status.UNAUTHENTICATED, `${path} ${role}`)
    }
  }
  const persons = ['DeleteKnownPerson', 'UndeleteKnownPerson', 'PurgeKnownPerson']
  for (const change of ['AddKnownImage', 'RemoveKnownImage', 'MoveKnownImage', 'SetDisplayNames', ...persons])
    assert.equal(served.roles.get(`/livepods.faces.v1.FaceRecognitionService/${change}`), 'manage')
  assert.equal(served.roles.get('/facerecog.Identify/Identify'), 'submit')
})

test('health is open to all', async () => {
  await using served = await serve({ access: tokens.access })
  using health = new Health(served.address)
  await health.check({ deadlineMs: 30_000 })
})

test('without tokens every method is open', async () => {
  await using served = await serve()
  for (const [path, { nobody }] of await answersByMethod(served.address))
    assert.ok(nobody !== status.UNAUTHENTICATED && nobody !== status.PERMISSION_DENIED, path)
})
