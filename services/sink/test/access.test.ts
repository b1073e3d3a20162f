import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Assets } from '@livepods/page'
import { answersByRole, freshDatabase, openApiFaults, testTokens } from '@livepods/testing'
import { buildApp } from '../src/app.ts'
import { ReportStore } from '../src/report-store.ts'
import { log, storeOf } from './support/entries.ts'

const fresh = await freshDatabase()
const tokens = await testTokens()
after(async () => {
  await tokens[Symbol.asyncDispose]()
  await fresh[Symbol.asyncDispose]()
})
const assets = await Assets.read({ sink: new URL('../assets/', import.meta.url) })
const store = await storeOf(fresh.database)

const build = (access?: typeof tokens.access) =>
  buildApp({
    log,
    assets,
    ...(access && { access }),
    writer: { take: (entries) => store.take(entries) },
    relays: { heard: () => null },
    ownStream: 'sink~1',
    store,
    reports: new ReportStore(fresh.database),
    gapMinutes: 60,
  })

test('with tokens every route answers 401 without one, 403 to a lesser role, and lets its role in', async () => {
  await using app = build(tokens.access)
  const rows = await answersByRole(app, tokens)
  assert.deepEqual(
    rows.filter(({ fault }) => fault),
    [],
  )
  const roles = Object.fromEntries(rows.map(({ route, role }) => [route, role]))
  assert.equal(roles['POST /sink.php'], 'submit')
  assert.equal(roles['POST /v1/messages'], 'submit')
  assert.equal(roles['POST /v1/messages/batch'], 'submit')
  assert.equal(roles['POST /v1/streams/:stream/skip'], 'manage')
  assert.equal(roles['GET /v1/report'], 'read')
  assert.equal(roles['GET /'], 'read')
  const open = rows.filter(({ role }) => role === 'open').map(({ route }) => route)
  const assetRoutes = ['page', 'sink'].flatMap((folder) => [
    `GET /assets/:hash/${folder}/*`,
    `HEAD /assets/:hash/${folder}/*`,
  ])
  assert.deepEqual(
    open.sort(),
    [...assetRoutes, 'GET /sign-in', 'HEAD /sign-in', 'POST /sign-in', 'POST /sign-out'].sort(),
  )
})

test('without tokens everything is open', async () => {
  await using app = build()
  for (const { route, answers } of await answersByRole(app, tokens))
    assert.ok(answers.nobody !== 401 && answers.nobody !== 403, route)
})

test('its API is described as OpenAPI has it', async () => {
  await using app = build()
  const document = (await app.inject('/openapi.json')).json()
  assert.deepEqual(await openApiFaults(document), [])
  assert.deepEqual(Object.keys(document.paths).sort(), [
    '/sink.php',
    '/v1/messages',
    '/v1/messages/batch',
    '/v1/report',
    '/v1/streams/{stream}/skip',
  ])
})
