import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createLog } from '@livepods/service'

import { type App, createApp, givePluginsRole } from '../src/index.ts'
import { bearer, MANAGE, READ, SUBMIT, tokens } from './support/tokens.ts'

const opened = await tokens()
after(() => opened[Symbol.asyncDispose]())
const { access } = opened

const silent = createLog('test', 'silent')

function build({ guarded = true, log = silent, trustProxy = undefined as string | undefined } = {}): App {
  const app = createApp({ log, trustProxy, ...(guarded && { access }), api: { title: 'test', description: 'test' } })
  app.register(async (routes: App) => {
    routes.get('/things', { config: { role: 'read' } }, async ({ actor }) => ({ actor }))
    routes.post('/things', { config: { role: 'submit' } }, async ({ actor }) => ({ actor }))
    routes.delete('/things', { config: { role: 'manage' } }, async ({ actor }) => ({ actor }))
    routes.get('/sign-in', { config: { role: 'open' } }, async ({ actor }) => ({ actor }))
  })
  return app
}

const METHODS = ['GET', 'POST', 'DELETE'] as const

test('a token opens the routes of its role and of those before it', async () => {
  await using app = build()
  const table: Record<string, number[]> = {}
  for (const token of [undefined, READ, SUBMIT, MANAGE, `${MANAGE}x`]) {
    const headers = token ? bearer(token) : {}
    const answers = METHODS.map((method) => app.inject({ method, url: '/things', headers }))
    table[token ?? 'none'] = (await Promise.all(answers)).map(({ statusCode }) => statusCode)
  }
  assert.deepEqual(table, {
    none: [401, 401, 401],
    [READ]: [200, 403, 403],
    [SUBMIT]: [200, 200, 403],
    [MANAGE]: [200, 200, 200],
    [`${MANAGE}x`]: [401, 401, 401],
  })
  assert.deepEqual((await app.inject({ url: '/things', headers: bearer(SUBMIT) })).json(), { actor: 'camera' })
  assert.deepEqual((await app.inject('/sign-in')).json(), { actor: 'anybody' })
})

test('a refusal is a problem that names the role and challenges as RFC 6750 says', async () => {
  await using app = build()
  const missing = await app.inject('/things')
  assert.equal(missing.headers['content-type'], 'application/problem+json')
  assert.equal(missing.headers['www-authenticate'], 'Bearer realm="livepods"')
  assert.match(missing.json().detail, /role read/)
  const wrong = await app.inject({ url: '/things', headers: bearer('wrong-token-0123456789') })
  assert.match(String(wrong.headers['www-authenticate']), /error="invalid_token"$/)
  const lesser = await app.inject({ method: 'DELETE', url: '/things', headers: bearer(READ) })
  assert.match(String(lesser.headers['www-authenticate']), /error="insufficient_scope"$/)
  assert.match(lesser.json().detail, /role manage/)
})

test('after twenty wrong tokens an address gets 429 and is told when to come again', async () => {
  await using app = build()
  const from = (token: string) => app.inject({ url: '/things', remoteAddress: '10.9.9.9', headers: bearer(token) })
  for (let i = 0; i < 20; i++) assert.equal((await from(`wrong-token-0123456789-${i}`)).statusCode, 401)
  const limited = await from(READ)
  assert.equal(limited.statusCode, 429)
  assert.ok(Number(limited.headers['retry-after']) > 0)
})

test('behind proxies that are trusted the wrong tokens count for whoever gave them, and no client says so itself', async () => {
  await using plain = build()
  await using behind = build({ trustProxy: '10.8.0.0/16' })
  const wrong = async (app: App, forwarded: string, i: number, remoteAddress = '10.8.0.1') => {
    const headers = { ...bearer(`wrong-token-0123456789-${i}`), 'x-forwarded-for': forwarded }
    return (await app.inject({ url: '/things', remoteAddress, headers })).statusCode
  }
  for (let i = 0; i < 20; i++) assert.equal(await wrong(behind, '192.0.2.1', i), 401)
  assert.equal(await wrong(behind, '192.0.2.1', 20), 429)
  assert.equal(await wrong(behind, '192.0.2.2', 20), 401)
  assert.equal(await wrong(behind, '192.0.2.9, 192.0.2.1', 21), 429, 'what a client wrote before its proxy did')
  for (let i = 0; i < 20; i++) await wrong(plain, `192.0.2.${i + 10}`, i, '10.8.0.2')
  assert.equal(await wrong(plain, '192.0.2.50', 20, '10.8.0.2'), 429, 'nobody is trusted unless it is set')
})

test('a session in the cookie is as good as its token; a Bearer token goes first', async () => {
  await using app = build()
  const { session } = access.signIn(SUBMIT, '127.0.0.1')
  const cookie = `other=1; livepods_session=${session}`
  const answer = async (headers: Record<string, string>) =>
    (await app.inject({ method: 'POST', url: '/things', headers })).statusCode
  assert.equal(await answer({ cookie }), 200)
  assert.equal(await answer({ cookie: `${cookie}x` }), 401)
  assert.equal(await answer({ cookie, ...bearer(READ) }), 403)
})

test('without tokens everything is open, and the actor is anybody', async () => {
  await using app = build({ guarded: false })
  for (const method of METHODS)
    assert.deepEqual((await app.inject({ method, url: '/things' })).json(), { actor: 'anybody' })
})

test('a route that names no role cannot be registered', async () => {
  await using app = createApp({ log: silent })
  assert.throws(() => app.get('/forgotten', async () => ({})), /GET \/forgotten names no role: add config/)
  app.register(async (scope: App) => {
    givePluginsRole(scope, 'read')
    scope.register(async (plugin) => void plugin.get('/foreign', async () => ({})))
  })
  app.register(async (scope: App) => {
    assert.throws(() => scope.get('/beside', async () => ({})), /names no role/)
  })
  assert.equal((await app.inject('/foreign')).statusCode, 200)
})

test('what does not exist says so only to those who may read; the description is for them too, and names roles', async () => {
  await using app = build()
  for (const url of ['/nowhere', '/openapi.json', '/docs/']) assert.equal((await app.inject(url)).statusCode, 401, url)
  const headers = bearer(READ)
  assert.equal((await app.inject({ url: '/nowhere', headers })).statusCode, 404)
  assert.equal((await app.inject({ url: '/docs/', headers })).statusCode, 200)
  const { paths, security } = (await app.inject({ url: '/openapi.json', headers })).json()
  assert.deepEqual(security, [{ bearer: [] }])
  assert.match(paths['/things'].delete.description, /Role: manage\./)
})

for (const [what, headers, status] of [
  ['no browser', {}, 200],
  ['a page of its own', { origin: 'http://here', host: 'here' }, 200],
  [
    'a page of its own behind a proxy that changes the host',
    { 'sec-fetch-site': 'same-origin', origin: 'http://x' },
    200,
  ],
  ['an address that was typed', { 'sec-fetch-site': 'none' }, 200],
  ['a page of another site', { origin: 'http://there', host: 'here' }, 403],
  ['a page that hides where it is from', { origin: 'null', host: 'here' }, 403],
  ['another port', { origin: 'http://here:81', host: 'here' }, 403],
  ['another site, says the browser', { 'sec-fetch-site': 'cross-site' }, 403],
  ['another origin of the site, says the browser', { 'sec-fetch-site': 'same-site' }, 403],
] as const) {
  test(`a change that comes from ${what} gets ${status}, with tokens and without`, async () => {
    for (const guarded of [true, false]) {
      await using app = build({ guarded })
      const all = { ...headers, ...bearer(MANAGE) }
      assert.equal((await app.inject({ method: 'POST', url: '/things', headers: all })).statusCode, status)
      assert.equal((await app.inject({ url: '/things', headers: all })).statusCode, 200)
    }
  })
}

test('every change is logged once with who made it and the id of the request, a look is not', async () => {
  const lines: Record<string, unknown>[] = []
  const none = () => {}
  const bound = (bindings: object): object => ({
    ...{ warn: none, error: none, debug: none, trace: none, fatal: none },
    info: (fields: object, msg: string) => void lines.push({ ...bindings, ...fields, msg }),
    child: bound,
  })
  const log = bound({})
  await using app = build({ log: log as never })
  const headers = { ...bearer(MANAGE), 'x-request-id': 'r-1' }
  await app.inject({ method: 'DELETE', url: '/things', headers })
  await app.inject({ url: '/things', headers })
  assert.deepEqual(
    lines.map(({ msg, actor, requestId, method, route, status }) => [msg, actor, requestId, method, route, status]),
    [['request completed', 'anna', 'r-1', 'DELETE', '/things', 200]],
  )
  assert.equal(Object.values(lines[0] ?? {}).filter((value) => value === 'r-1').length, 1, 'the id under one name')
  assert.doesNotMatch(JSON.stringify(lines), /0123456789/)
})
