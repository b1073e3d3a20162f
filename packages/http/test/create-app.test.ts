import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { createLog } from '@livepods/service'
import { Type } from 'typebox'
import { createApp, ProblemError, strict } from '../src/index.ts'

const log = createLog('test', 'silent')
const config = { role: 'read' } as const

function build() {
  class Taken extends Error {}
  const app = createApp({
    log,
    translate: (error) => (error instanceof Taken ? new ProblemError(409, 'Taken.') : undefined),
    api: { title: 'test', description: 'test' },
  })
  app.register(async (routes: typeof app) => {
    routes.post(
      '/v1/things',
      { config, schema: { body: strict({ path: Type.String({ minLength: 1 }) }) } },
      async () => ({
        ok: true,
      }),
    )
    routes.get(
      '/v1/things',
      { config, schema: { querystring: strict({ limit: Type.Integer({ default: 5 }) }) } },
      async ({ query }) => query,
    )
    routes.get('/taken', { config }, async () => Promise.reject(new Taken()))
    routes.get('/broken', { config }, async () => Promise.reject(new Error('secret password')))
    routes.get('/leaky', { config, schema: { response: { 200: Type.Object({ a: Type.Number() }) } } }, async () => ({
      a: 1,
      b: 2,
    }))
  })
  return app
}

test('a body is not coerced and an unknown key is refused by name', async () => {
  await using app = build()
  const wrong = await app.inject({ method: 'POST', url: '/v1/things', payload: { path: 12 } })
  assert.equal(wrong.statusCode, 400)
  assert.match(wrong.json().detail, /body\/path must be string/)
  const unknown = await app.inject({ method: 'POST', url: '/v1/things', payload: { path: 'a', colour: 'red' } })
  assert.equal(unknown.statusCode, 400)
  assert.match(unknown.json().detail, /colour/)
})

test('a query is coerced and has defaults', async () => {
  await using app = build()
  assert.deepEqual((await app.inject('/v1/things?limit=7')).json(), { limit: 7 })
  assert.deepEqual((await app.inject('/v1/things')).json(), { limit: 5 })
  assert.equal((await app.inject('/v1/things?limit=many')).statusCode, 400)
})

test('another method than those of a path is 405 and names them; a path that is not there is 404', async () => {
  await using app = build()
  app.get('/v1/things/:id', { config }, async () => ({}))
  app.get('/files/*', { config }, async () => ({}))
  for (const [url, allow] of [
    ['/v1/things', 'GET, HEAD, POST'],
    ['/v1/things/7?a=b', 'GET, HEAD'],
  ]) {
    const response = await app.inject({ method: 'DELETE', url: url as string })
    assert.deepEqual([response.statusCode, response.headers.allow], [405, allow], url)
    assert.match(response.json().detail, /^There is no DELETE \/v1\/things.* here, only GET, HEAD/)
  }
  for (const url of ['/v1/things/', '/v1/things/7/8', '/v1', '/files/x'])
    assert.equal((await app.inject({ method: 'DELETE', url })).statusCode, 404, url)
})

test('every error is a problem with the id of the request', async () => {
  await using app = build()
  const response = await app.inject({ url: '/nowhere', headers: { 'x-request-id': 'abc-1' } })
  assert.equal(response.statusCode, 404)
  assert.equal(response.headers['content-type'], 'application/problem+json')
  assert.equal(response.headers['x-request-id'], 'abc-1')
  assert.deepEqual(Object.keys(response.json()), ['type', 'title', 'status', 'detail', 'requestId'])
})

test('malformed JSON, an empty JSON body and a body that is too large are the client’s faults', async () => {
  await using app = build()
  const post = (payload: string) =>
    app.inject({ method: 'POST', url: '/v1/things', payload, headers: { 'content-type': 'application/json' } })
  assert.equal((await post('{"path":')).statusCode, 400)
  assert.equal((await post('')).statusCode, 400)
  assert.equal((await post(JSON.stringify({ path: 'x'.repeat(70_000) }))).statusCode, 413)
})

test('an error of the service is translated, an unexpected one says nothing', async () => {
  await using app = build()
  assert.equal((await app.inject('/taken')).statusCode, 409)
  const broken = await app.inject('/broken')
  assert.equal(broken.statusCode, 500)
  assert.doesNotMatch(broken.body, /secret/)
})

test('an answer carries only what its schema names', async () => {
  await using app = build()
  assert.deepEqual((await app.inject('/leaky')).json(), { a: 1 })
})

for (const method of ['GET', 'POST'] as const) {
  test(`a ${method} that takes too long gets 503 and is told when to come again`, async () => {
    await using app = createApp({ log, answerWithinMs: 50 })
    const never = new Promise<never>(() => {})
    app.route({ method, url: '/', config, handler: () => never })
    const response = await app.inject({ method, url: '/', ...(method === 'POST' && { payload: { a: 1 } }) })
    assert.equal(response.statusCode, 503)
    assert.equal(response.headers['retry-after'], '5')
  })
}

test('a forged request id is replaced', async () => {
  await using app = build()
  const { headers } = await app.inject({ url: '/taken', headers: { 'x-request-id': 'a b' } })
  assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/)
})

test('answers forbid everything that is not their own origin', async () => {
  await using app = build()
  const { headers } = await app.inject('/leaky')
  assert.match(String(headers['content-security-policy']), /default-src 'none'/)
  assert.doesNotMatch(String(headers['content-security-policy']), /unsafe-inline|upgrade-insecure/)
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['x-frame-options'], 'SAMEORIGIN')
  assert.equal(headers['referrer-policy'], 'same-origin')
  // Without TLS in front it breaks a plain HTTP page.
  assert.equal(headers['strict-transport-security'], undefined)
})

test('a refusal forbids the same, and so does a hijacked reply that sends the headers of the reply', async () => {
  await using app = build()
  app.get('/hijacked', { config }, async (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, reply.getHeaders() as Record<string, string>).end('mine')
  })
  for (const url of ['/nowhere', '/broken', '/hijacked']) {
    const { headers } = await app.inject(url)
    assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/, url)
  }
})

test('the API is described', async () => {
  await using app = build()
  const { paths } = (await app.inject('/openapi.json')).json()
  assert.ok(paths['/v1/things'].post)
  assert.equal((await app.inject('/docs/')).statusCode, 200)
})

test('closing lets a request on a keep-alive connection finish and ends the connection', async () => {
  await using app = build()
  const [reached, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  app.addHook('preClose', async () => release.resolve())
  app.get('/slow', { config }, async () => {
    reached.resolve()
    await release.promise
    return { ok: true }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1')
  socket.setEncoding('utf8').write('GET /slow HTTP/1.1\r\nhost: a\r\n\r\n')
  let answer = ''
  socket.on('data', (text: string) => (answer += text))
  await reached.promise
  const closed = app.close()
  await Promise.all([closed, once(socket, 'close')])
  assert.match(answer, /^HTTP\/1.1 200 /)
  assert.match(answer, /connection: close/i)
})

test('a draining app serves old and new connections, and ends each with its answer; a request that came during the close is served', async () => {
  const draining = new AbortController()
  await using app = createApp({ log, draining: draining.signal })
  app.get('/', { config }, async () => ({ ok: true }))
  let late: Promise<unknown[]> | undefined
  app.addHook('preClose', async () => {
    // Over a connection that was open before.
    late = once(socket, 'data')
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await late
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  const url = `http://127.0.0.1:${port}`
  const before = await fetch(url)
  assert.notEqual(before.headers.get('connection'), 'close')
  await before.text()
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  draining.abort()
  for (const answer of [await fetch(url), await fetch(url)]) {
    assert.deepEqual([answer.status, answer.headers.get('connection')], [200, 'close'])
  }
  await app.close()
  assert.match(String((await late)?.[0]), /^HTTP\/1.1 200 /)
})
