import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Assets } from '@livepods/page'
import { createLog } from '@livepods/service'
import { answersByRole, openApiFaults, testTokens } from '@livepods/testing'
import { buildApp } from '../src/app.ts'
import { GuardedStreams } from '../src/guarded-streams.ts'
import { Hub } from '../src/hub/hub.ts'
import { SEGMENTS } from './support/segments.ts'

const tokens = await testTokens()
after(() => tokens[Symbol.asyncDispose]())
const assets = await Assets.read({ live: new URL('../assets/', import.meta.url) })
const log = createLog('test', 'silent')

function build(access?: typeof tokens.access) {
  const hub = new Hub({ log, policy: 'own', batchMs: 0, graceMs: 0, ...SEGMENTS })
  return buildApp({ log, hub, streams: new GuardedStreams(hub, access), ...(access && { access }), assets })
}

test('with tokens every route answers 401 without one, 403 to a lesser role, and lets its role in', async () => {
  await using app = build(tokens.access)
  const rows = await answersByRole(app, tokens)
  assert.deepEqual(
    rows.filter(({ fault }) => fault),
    [],
  )
  const roles = Object.fromEntries(rows.map(({ route, role }) => [route, role]))
  assert.equal(roles['GET /v1/streams'], 'read')
  assert.equal(roles['DELETE /v1/streams/:app/:key'], 'manage')
  const open = rows.filter(({ role }) => role === 'open').map(({ route }) => route)
  const assetRoutes = ['page', 'live'].flatMap((folder) => [
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
  assert.deepEqual(Object.keys(document.paths).sort(), ['/v1/streams', '/v1/streams/events', '/v1/streams/{app}/{key}'])
})
