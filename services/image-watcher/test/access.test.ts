import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Assets } from '@livepods/page'
import { answersByRole, openApiFaults, testTokens } from '@livepods/testing'
import { buildApp } from '../src/app.ts'
import { proxyAccess } from '../src/cluster/access.ts'
import { Connection } from '../src/cluster/connection.ts'
import { History } from '../src/history.ts'
import { Changes } from '../src/rollout/changes.ts'
import { log } from './support/watch.ts'

const tokens = await testTokens()
after(async () => await tokens[Symbol.asyncDispose]())
const assets = await Assets.read({ 'image-watcher': new URL('../assets/', import.meta.url) })

const history = new History()
const connection = new Connection(proxyAccess('http://127.0.0.1:1'))

const build = (access?: typeof tokens.access) =>
  buildApp({
    log,
    assets,
    ...(access && { access }),
    reconciler: { workloads: [], reports: [], faults: [], listen: () => {} },
    lease: { isHeld: true, freeze: undefined },
    history,
    changes: new Changes({ connection, events: { add: async () => {} }, history, log }),
    hints: { add: () => 0 },
    hookSecret: 'secret',
    mode: 'roll',
  })

test('with tokens every route answers 401 without one, and lets its role in; hooks have a secret of their own', async () => {
  await using app = build(tokens.access)
  const rows = await answersByRole(app, tokens)
  const faults = rows.filter(({ fault, route }) => fault && route !== 'POST /hooks/:kind')
  assert.deepEqual(faults, [])
  const open = rows.filter(({ role }) => role === 'open').map(({ route }) => route)
  const assetRoutes = ['page', 'image-watcher'].flatMap((folder) => [
    `GET /assets/:hash/${folder}/*`,
    `HEAD /assets/:hash/${folder}/*`,
  ])
  const expected = [
    ...assetRoutes,
    'GET /sign-in',
    'HEAD /sign-in',
    'POST /sign-in',
    'POST /sign-out',
    'POST /hooks/:kind',
  ]
  assert.deepEqual(open.sort(), expected.sort())
})

test('its API is described as OpenAPI has it', async () => {
  await using app = build()
  const document = (await app.inject('/openapi.json')).json()
  assert.deepEqual(await openApiFaults(document), [])
  assert.deepEqual(Object.keys(document.paths).sort(), [
    '/hooks/{kind}',
    '/v1/history',
    '/v1/kustomization',
    '/v1/status',
  ])
})
