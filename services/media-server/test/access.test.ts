import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Assets } from '@livepods/page'
import { createLog } from '@livepods/service'
import { answersByRole, openApiFaults, testTokens } from '@livepods/testing'
import { buildApp } from '../src/app.ts'
import { Clients } from '../src/clients/clients.ts'
import { GuardedStreams } from '../src/guarded-streams.ts'
import { Hub } from '../src/hub/hub.ts'
import { testEngines } from './support/engines.ts'
import { RtmpPeer } from './support/rtmp-peer.ts'
import { rtmpServer } from './support/rtmp-server.ts'
import { SEGMENTS } from './support/segments.ts'

const tokens = await testTokens()
after(() => tokens[Symbol.asyncDispose]())
const assets = await Assets.read({ live: new URL('../assets/', import.meta.url) })
const log = createLog('test', 'silent')

function build(access?: typeof tokens.access) {
  const hub = new Hub({ log, policy: 'own', batchMs: 0, graceMs: 0, ...SEGMENTS })
  return buildApp({
    log,
    hub,
    clients: new Clients(hub),
    streams: new GuardedStreams(hub, { access }),
    ...(access && { access }),
    assets,
    notices: [],
  })
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
  assert.equal(roles['GET /api/query_whole_streams'], 'read')
  assert.equal(roles['POST /api/kick_off_client'], 'manage')
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
  assert.deepEqual(Object.keys(document.paths).sort(), [
    '/api/kick_off_client',
    '/api/query_stream',
    '/api/query_whole_streams',
    '/api/start_relay_stream',
    '/api/stop_relay_stream',
    '/v1/streams',
    '/v1/streams/events',
    '/v1/streams/{app}/{key}',
  ])
})

testEngines(
  'with tokens RTMP takes media of the role submit, gives it to read, and says why it refuses',
  async (engine) => {
    await using server = await rtmpServer({ engine, access: tokens.access })
    const keyFor = (role: 'read' | 'submit') =>
      `key?token=${tokens.headers[role].authorization.slice('Bearer '.length)}`
    for (const [key, reason] of [
      ['key', /needs an access token/],
      ['key?token=wrong', /access token/],
      [keyFor('read'), /lesser/],
    ] as const) {
      using refused = await RtmpPeer.open(server.port)
      const { code, description } = await refused.publish(key)
      assert.equal(code, 'NetStream.Publish.Unauthorized')
      assert.match(description, reason)
      await refused.closed()
    }
    assert.deepEqual(server.hub.list(), [])
    using publisher = await RtmpPeer.open(server.port)
    assert.equal((await publisher.publish(keyFor('submit'))).code, 'NetStream.Publish.Start')
    for (const [key, code] of [
      ['key', 'NetStream.Play.Unauthorized'],
      [keyFor('read'), 'NetStream.Play.Start'],
    ] as const) {
      using viewer = await RtmpPeer.open(server.port)
      assert.equal((await viewer.play(key)).code, code)
    }
  },
)
