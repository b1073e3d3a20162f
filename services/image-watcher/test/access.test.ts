import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, test } from 'node:test'
import { FakeCluster, FakeRegistry } from '@livepods/fakes'
import { Assets } from '@livepods/page'
import { answersByRole, eventually, openApiFaults, testTokens } from '@livepods/testing'
import { parseAllDocuments } from 'yaml'
import { buildApp } from '../src/app.ts'
import { proxyAccess } from '../src/cluster/access.ts'
import { Connection } from '../src/cluster/connection.ts'
import { History } from '../src/history.ts'
import { Changes } from '../src/rollout/changes.ts'
import { log, startWatch } from './support/watch.ts'

const tokens = await testTokens()
after(async () => await tokens[Symbol.asyncDispose]())
const assets = await Assets.read({ 'image-watcher': new URL('../assets/', import.meta.url) })
const ROLE = new URL('../../../k8s/base/delivery/image-watcher/access.yaml', import.meta.url)

const history = new History()
const connection = new Connection(proxyAccess('http://127.0.0.1:1'))

const build = (access?: typeof tokens.access) =>
  buildApp({
    log,
    assets,
    ...(access && { access }),
    reconciler: { workloads: [], reports: [], faults: [] },
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

test('its Role has the verbs that are needed, and no other', async () => {
  const [role] = parseAllDocuments(await readFile(ROLE, 'utf8')).map((document) => document.toJS())
  const { rules } = role as { rules: { resources: string[]; verbs: string[] }[] }
  const granted = new Set(
    rules.flatMap(({ resources, verbs }) => resources.flatMap((one) => verbs.map((verb) => `${verb} ${one}`))),
  )
  await using cluster = await FakeCluster.start()
  await using registry = await FakeRegistry.start()
  const used = new Set<string>()
  cluster.allows = (verb, resource) => {
    used.add(`${verb} ${resource}`)
    return granted.has(`${verb} ${resource}`)
  }
  registry.push('team/app', 'latest', 'one')
  const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'] as const
  for (const kind of kinds) cluster.add('app', { kind, image: `${registry.host}/team/app` })
  await using _ = await startWatch(cluster, registry, { term: { renewMs: 20 } })
  for (const kind of kinds) await eventually(() => assert.equal(cluster.stateOf(kind, 'app')?.phase, 'done'))
  await eventually(() =>
    assert.deepEqual(
      [...granted].filter((one) => !used.has(one)),
      [],
    ),
  )
  assert.deepEqual(
    [...used].filter((one) => !granted.has(one)),
    [],
  )
})
