import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Broker } from '@livepods/nsq'
import { answersByRole, freshDatabase, testTokens } from '@livepods/testing'
import { build } from './support/build.ts'
import { post, start, urlOf } from './support/running.ts'

const tokens = await testTokens()
after(() => tokens[Symbol.asyncDispose]())

test('with tokens every route answers 401 without one, 403 to a lesser role, and lets its role in', async () => {
  await using app = build({ access: tokens.access }).app
  const rows = await answersByRole(app, tokens)
  assert.deepEqual(
    rows.filter(({ fault }) => fault),
    [],
  )
  const roles = Object.fromEntries(rows.map(({ route, role }) => [route, role]))
  assert.equal(roles['POST /v1/images'], 'submit')
  assert.equal(roles['DELETE /v1/images/:id'], 'manage')
  assert.equal(roles['POST /image/post'], 'submit')
  assert.equal(roles['GET /v1/images/:id'], 'read')
  assert.deepEqual(
    rows.filter(({ role }) => role === 'open'),
    [],
  )
})

test('without tokens everything is open', async () => {
  await using app = build().app
  const rows = await answersByRole(app, tokens)
  assert.ok(rows.length > 10)
  for (const { route, answers } of rows) assert.ok(answers.nobody !== 401 && answers.nobody !== 403, route)
})

test('as a process: tokens are asked for, the change is logged with who made it, and the ops port stays open', async () => {
  await using fresh = await freshDatabase()
  await using broker = await Broker.start()
  await using service = await start(fresh, broker, { HOST: '0.0.0.0', ACCESS_TOKENS_FILE: tokens.file })
  await service.ready()
  const url = (await urlOf(service)).replace('0.0.0.0', '127.0.0.1')
  const refused = await post(url, 'a.jpg')
  assert.equal(refused.status, 401)
  assert.equal(refused.headers.get('content-type'), 'application/problem+json')
  const accepted = await post(url, 'a.jpg', tokens.headers.submit)
  assert.equal(accepted.status, 202)
  const line = await service.said(/.*"status":202.*"request completed".*/)
  const { actor, requestId, route } = JSON.parse(line[0])
  assert.deepEqual([actor, requestId, route], ['submit', 'r-1', '/v1/images'])
  assert.doesNotMatch(service.output(), /0123456789|set ACCESS_TOKENS_FILE/)
})

test('without tokens it warns when it listens beyond this machine', async () => {
  await using fresh = await freshDatabase()
  await using broker = await Broker.start()
  await using service = await start(fresh, broker, { HOST: '0.0.0.0' })
  await service.said(/"level":"warn".*everybody who reaches this address may do everything: set ACCESS_TOKENS_FILE/)
})

test('a bad line ends the start with 78, naming file and line', async () => {
  await using fresh = await freshDatabase()
  await using broker = await Broker.start()
  await using service = await start(fresh, broker, { ACCESS_TOKENS_FILE: tokens.files.manage })
  assert.equal(await service.exited, 78)
  assert.match(service.output(), /ACCESS_TOKENS_FILE \S+manage: line 1: the second word must be the role/)
  assert.doesNotMatch(service.output(), /0123456789/)
})
