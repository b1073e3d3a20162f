import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createLog } from '@livepods/service'
import { answersByRole, openApiFaults, testTokens } from '@livepods/testing'
import { buildApp } from '../src/app.ts'

const tokens = await testTokens()
after(() => tokens[Symbol.asyncDispose]())

const waiting = {
  name: 'relay',
  stream: 'relay~1',
  messages: 0,
  bytes: 0,
  since: null,
  parked: { streams: 0, messages: 0, bytes: 0, isFull: false, missing: [] },
  deadLetters: 0,
  sink: { url: 'http://sink', state: 'up', fault: null, since: null, retryAt: null },
}

const build = (access?: typeof tokens.access) =>
  buildApp({
    log: createLog('test', 'silent'),
    ...(access && { access }),
    intake: { store: async () => ({ number: 1, stream: 'relay~1', seq: 1 }) },
    answers: { of: async () => undefined },
    deadLetters: { list: () => [], replay: async () => undefined, remove: async () => false },
    pump: { replay: () => 0 },
    waiting: () => waiting,
  })

test('with tokens every route answers 401 without one, 403 to a lesser role, and lets its role in', async () => {
  await using app = build(tokens.access)
  const rows = await answersByRole(app, tokens)
  assert.deepEqual(
    rows.filter(({ fault }) => fault),
    [],
  )
  const roles = Object.fromEntries(rows.map(({ route, role }) => [route, role]))
  assert.equal(roles['GET /v1/waiting'], 'read')
  assert.equal(roles['GET /v1/dead-letters'], 'read')
  assert.equal(roles['POST /v1/dead-letters/:id/replay'], 'manage')
  assert.equal(roles['DELETE /v1/dead-letters/:id'], 'manage')
  assert.equal(roles['POST /v1/replay'], 'manage')
})

test('messages need the role submit', async () => {
  await using app = build(tokens.access)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const status = async (path: string, headers: object) => {
    const type = path.endsWith('batch') ? 'application/x-ndjson' : 'text/plain'
    const body = path.endsWith('batch') ? '{"body":"x"}\n' : 'x'
    const answer = await fetch(url + path, { method: 'POST', body, headers: { ...headers, 'content-type': type } })
    await answer.body?.cancel()
    return answer.status
  }
  for (const [path, taken] of [
    ['/relay.php', 202],
    ['/v1/messages', 202],
    ['/v1/messages/batch', 200],
  ] as const) {
    const { read, submit, manage } = tokens.headers
    assert.deepEqual(
      [await status(path, {}), await status(path, read), await status(path, submit), await status(path, manage)],
      [401, 403, taken, taken],
      path,
    )
  }
})

test('its API is described as OpenAPI has it', async () => {
  await using app = build()
  assert.deepEqual(await openApiFaults((await app.inject('/openapi.json')).json()), [])
})
