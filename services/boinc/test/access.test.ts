import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { GuiRpcError } from '@livepods/boinc'
import { Assets } from '@livepods/page'
import { createLog } from '@livepods/service'
import { answersByRole, openApiFaults, testTokens } from '@livepods/testing'
import { buildApp } from '../src/app.ts'
import type { WorkerView } from './support/start.ts'

const tokens = await testTokens()
after(async () => await tokens[Symbol.asyncDispose]())
const assets = await Assets.read({ boinc: new URL('../assets/', import.meta.url) })

const build = (access?: typeof tokens.access, command: WorkerView['command'] = async () => []) =>
  buildApp({
    log: createLog('test', 'silent'),
    assets,
    ...(access && { access }),
    worker: {
      seen: undefined,
      readiness: { state: 'unattached', isReady: true, why: 'No project is declared.' },
      faults: [],
      messages: [],
      command,
      listen: () => {},
    },
  })

test('with tokens every route answers 401 without one, and lets its role in', async () => {
  await using app = build(tokens.access)
  const rows = await answersByRole(app, tokens)
  assert.deepEqual(
    rows.filter(({ fault }) => fault),
    [],
  )
  const open = rows.filter(({ role }) => role === 'open').map(({ route }) => route)
  const assetRoutes = ['page', 'boinc'].flatMap((folder) => [
    `GET /assets/:hash/${folder}/*`,
    `HEAD /assets/:hash/${folder}/*`,
  ])
  assert.deepEqual(
    open.sort(),
    [...assetRoutes, 'GET /sign-in', 'HEAD /sign-in', 'POST /sign-in', 'POST /sign-out'].sort(),
  )
  assert.deepEqual(
    rows.filter(({ role }) => role === 'manage').map(({ route }) => route),
    ['POST /v1/commands/:command'],
  )
})

test('its API is described as OpenAPI has it', async () => {
  await using app = build()
  const document = (await app.inject('/openapi.json')).json()
  assert.deepEqual(await openApiFaults(document), [])
  assert.deepEqual(Object.keys(document.paths).sort(), ['/v1/commands/{command}', '/v1/messages', '/v1/status'])
})

test('a command that the client refuses is 409, and one that it does not hear is 503', async () => {
  for (const [code, status] of [
    ['REFUSED', 409],
    ['LATE', 503],
  ] as const) {
    await using app = build(undefined, () => Promise.reject(new GuiRpcError(code, 'no such project')))
    const answer = await app.inject({ method: 'POST', url: '/v1/commands/update' })
    assert.equal(answer.statusCode, status)
    assert.match(answer.body, /no such project/)
  }
})

test('nobody attaches or detaches by a command: the file says whom it is attached to', async () => {
  await using app = build()
  for (const command of ['detach', 'detach-when-done', 'attach', 'constructor'])
    assert.equal((await app.inject({ method: 'POST', url: `/v1/commands/${command}` })).statusCode, 400)
})
