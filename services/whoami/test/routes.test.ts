import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect as connectHttp2, constants } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { eventually, testTokens } from '@livepods/testing'
import type { Overview } from '../src/overview.ts'
import { type Started, startWhoami } from './support/start.ts'
import { ask, open, readAll, readUntil } from './support/wire.ts'

/** The body of an answer as JSON; what it is, the test says. */
async function jsonOf<T>(response: Response): Promise<T> {
  return (await response.json()) as T
}

interface View {
  claims: { sub: string }
  expires: string
  isExpired: boolean
  signature: string
  from: string
}

interface Hop {
  hop: number
  next: { status?: number; body: Hop & { request: Overview['request'] } }
}

const JWKS_FILE = join(tmpdir(), `livepods-whoami-jwks-${process.pid}.json`)

suite('routes', () => {
  let whoami: Started
  before(async () => {
    const variables = { FAULTS: 'on', MAX_WAIT: '2', MAX_DATA: '1000000', JWKS_FILE, CHAIN_ALLOW: '127.0.0.1' }
    const place = { NODE_NAME: 'node-1', POD_NAME: 'whoami-x', POD_NAMESPACE: 'livepods', POD_ZONE: 'zone-a' }
    whoami = await startWhoami({ variables: { ...variables, ...place, TRUST_PROXY: 'loopback' } })
  })
  after(async () => await whoami[Symbol.asyncDispose]())

  const get = async (path: string, init?: RequestInit) => await fetch(`${whoami.url}${path}`, init)
  const textOf = async (path: string, init?: RequestInit) => {
    const response = await get(path, init)
    return [response.status, await response.text()]
  }

  suite('values out of range are 400 with a sentence', () => {
    const rows = {
      '/?wait=3s': 'wait must be from 0 to 2 s.',
      '/?wait=-1s': 'wait must be from 0 to 2 s.',
      '/data?size=-1': 'size must be a whole number from 0, like 40, not "-1".',
      '/data?size=1.5': 'size must be a whole number from 0, like 40, not "1.5".',
      '/data?size=1&unit=light': 'unit must be one of B, KB, MB, GB, TB, not "light".',
      '/data?size=1&unit=TB': 'At most 1000000 bytes: size and unit say 1099511627776.',
      '/?status=99': 'status must be from 200 to 599, not "99".',
      '/?status=1000': 'status must be from 200 to 599, not "1000".',
      '/?delay=soon': 'delay must be a duration or two, like 250ms or 100ms-2s, not "soon".',
      '/?delay=2s-1s': 'delay must be a duration or two, like 250ms or 100ms-2s, not "2s-1s".',
      '/?delay=1s-3s': 'delay must be from 0 to 2 s.',
      '/?fail=110%25': 'A share must be from 0 to 1, or from 0% to 100%, not "110%".',
      '/?drip=0': 'drip must be at least 1 byte a second.',
      '/?trailer=a': 'trailer must be a name and a value, like X-Sum:42, not "a".',
      '/?trailer=Content-Length:1': 'trailer must be a name and a value, like X-Sum:42, not "Content-Length:1".',
    }
    for (const [path, sentence] of Object.entries(rows))
      test(path, async () => assert.deepEqual(await textOf(path), [400, `${sentence}\n`]))
  })

  suite('/data has all its bytes', () => {
    for (const [query, size] of [
      ['', 1],
      ['?size=1', 1],
      ['?size=33281', 33_281],
      ['?size=66049', 66_049],
      ['?size=3&unit=kb', 3072],
    ] as const)
      test(`${query} has ${size}`, async () => {
        const response = await get(`/data${query}`)
        const body = await response.text()
        const whole = `|${'ABCDEFGHIJKLMNOPQRSTUVWXYZ-'.repeat(size).slice(0, Math.max(0, size - 2))}|`.slice(0, size)
        assert.equal(response.headers.get('content-length'), String(size))
        assert.equal(body, whole)
      })

    test('as a file in two ranges', async () => {
      const response = await get('/data?size=100&attachment=true', { headers: { range: 'bytes=0-2,97-' } })
      const [, boundary] =
        /^multipart\/byteranges; boundary=(\w+)$/.exec(response.headers.get('content-type') ?? '') ?? []
      assert.equal(response.status, 206)
      const part = (range: string) =>
        `Content-Range: bytes ${range}/100\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n`
      assert.equal(
        await response.text(),
        `--${boundary}\r\n${part('0-2')}|AB\r\n--${boundary}\r\n${part('97-99')}PQ|\r\n--${boundary}--\r\n`,
      )
    })

    test('a range of it, which is no file', async () => {
      const response = await get('/data?size=100', { headers: { range: 'bytes=1-3' } })
      const fields = ['content-range', 'content-disposition'].map((name) => response.headers.get(name))
      assert.deepEqual([response.status, ...fields, await response.text()], [206, 'bytes 1-3/100', null, 'ABC'])
    })

    test('outside of the file is 416', async () => {
      const response = await get('/data?size=100&attachment=true', { headers: { range: 'bytes=100-' } })
      assert.deepEqual([response.status, response.headers.get('content-range')], [416, 'bytes */100'])
      assert.equal(await response.text(), 'invalid range: failed to overlap\n')
    })

    test('goes on where a download broke off', async () => {
      const first = await get('/data?size=100&attachment=true')
      const ifRange = first.headers.get('last-modified') ?? ''
      const headers = { range: 'bytes=50-', 'if-range': ifRange }
      assert.equal((await get('/data?size=100&attachment=true', { headers })).status, 206)
      const other = { range: 'bytes=50-', 'if-range': 'Sun, 29 Nov 2020 23:47:14 GMT' }
      assert.equal((await get('/data?size=100&attachment=true', { headers: other })).status, 200)
    })
  })

  suite('/health', () => {
    for (const body of ['null', '99', '600', '1.5', '"503"', '[503]', '500 trailing', ''])
      test(`refuses ${JSON.stringify(body)}`, async () => {
        assert.equal((await get('/health', { method: 'POST', body })).status, 400)
        assert.equal((await get('/health')).status, 200)
      })
    test('answers what was set, also without a body', async () => {
      await get('/health', { method: 'POST', body: '204' })
      assert.equal((await get('/health')).status, 204)
      await get('/health', { method: 'POST', body: '200' })
    })
  })

  suite('requests ask for faults', () => {
    test('status', async () => {
      const [status, body] = await textOf('/api?status=418')
      assert.deepEqual([status, JSON.parse(String(body)).url], [418, '/api?status=418'])
    })
    test('fail', async () => {
      assert.deepEqual(await textOf('/?fail=100%25'), [500, 'This failure was asked for.\n'])
      assert.equal((await get('/?fail=0')).status, 200)
    })
    test('close', async () => {
      const socket = await open(whoami.port)
      socket.write('GET /?close=1 HTTP/1.1\r\nHost: x\r\n\r\n')
      assert.equal(await readAll(socket), '')
    })
    test('drip: the body comes in pieces, and is whole', async () => {
      const response = await get('/data?size=3000&drip=15KB')
      const pieces: number[] = []
      for await (const piece of response.body ?? []) pieces.push(piece.length)
      assert.equal(response.headers.get('content-length'), '3000')
      assert.equal(
        pieces.reduce((sum, length) => sum + length),
        3000,
      )
      assert.ok(pieces.length > 1)
    })
    test('drip ends when the longest wait is over', async () => {
      assert.equal((await (await get('/data?size=100000&drip=1')).text()).length, 100_000)
    })
    test('a trailer', async () => {
      const { fields, rest } = await ask(whoami.port, 'GET /?trailer=X-Sum:42 HTTP/1.1\r\nHost: x\r\n\r\n')
      assert.ok(fields.some(([name, value]) => name === 'Trailer' && value === 'X-Sum'))
      assert.equal(rest, 'X-Sum: 42\r\n')
    })
    test('a trailer over HTTP/2', async () => {
      const session = connectHttp2(whoami.url)
      const stream = session.request({ ':path': '/?trailer=x-sum:42' })
      const trailers = once(stream, 'trailers')
      stream.resume()
      assert.equal((await trailers)[0]['x-sum'], '42')
      session.close()
    })
  })

  suite('/faults', () => {
    const begin = async (fault: unknown) =>
      await get('/faults', { method: 'POST', body: typeof fault === 'string' ? fault : JSON.stringify(fault) })
    test('all requests fail until it is ended, but for /faults, /health and the probes', async () => {
      assert.equal((await begin({ status: 503 })).status, 200)
      for (const path of ['/', '/api', '/bench', '/data', '/ui', '/v1/whoami'])
        assert.deepEqual(await textOf(path), [503, 'This failure was asked for.\n'], path)
      assert.equal((await get('/health')).status, 200)
      assert.equal((await get('/faults', { method: 'DELETE' })).status, 200)
      assert.equal((await get('/bench')).status, 200)
    })
    test('it ends by itself', async () => {
      await begin({ status: 503, rate: '100%', for: '300ms' })
      assert.equal((await get('/')).status, 503)
      await eventually(async () => assert.equal((await get('/')).status, 200))
    })
    for (const fault of [
      'x',
      '[]',
      {},
      { status: 700 },
      { status: 503, rate: 2 },
      { status: 503, for: '25h' },
      { delay: '3s' },
      { sttus: 503 },
    ])
      test(`refuses ${JSON.stringify(fault)}`, async () => {
        assert.equal((await begin(fault)).status, 400)
        assert.equal((await get('/')).status, 200)
      })
    test('refuses a page of another site', async () => {
      const answer = await ask(whoami.port, 'DELETE /faults HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: cross-site\r\n\r\n')
      assert.equal(answer.status, 403)
    })
  })

  suite('/jwt', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const token = (header: object, claims: object, signed: (text: string) => Buffer) => {
      const text = `${part(header)}.${part(claims)}`
      return `${text}.${signed(text).toString('base64url')}`
    }
    const es256 = (text: string) => sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    const good = token({ alg: 'ES256', kid: 'one' }, { sub: 'anna', exp: 4_102_444_800 }, es256)
    before(async () => {
      await writeFile(
        JWKS_FILE,
        JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }] }),
      )
    })
    const view = async (headers: Record<string, string>, query = '') =>
      await jsonOf<View>(await get(`/jwt${query}`, { headers }))

    test('shows claims and times, and checks the signature', async () => {
      const { claims, expires, isExpired, signature, from } = await view({ authorization: `Bearer ${good}` })
      assert.deepEqual(
        [claims.sub, expires, isExpired, from],
        ['anna', '2100-01-01T00:00:00.000Z', false, 'Authorization'],
      )
      assert.equal(signature, 'signature valid')
    })
    test('knows a wrong signature', async () => {
      const [head, , signature] = good.split('.')
      const forged = `${head}.${part({ sub: 'eve' })}.${signature}`
      assert.equal((await view({ 'x-forwarded-access-token': forged })).signature, 'signature wrong')
    })
    test('takes the token of a field that the query names', async () => {
      assert.equal((await view({ 'x-token': good }, '?header=X-Token')).claims.sub, 'anna')
    })
    for (const [title, header] of [
      ['none', { alg: 'none' }],
      ['HS256', { alg: 'HS256' }],
    ] as const)
      test(`checks no signature of ${title}`, async () => {
        const secret = token(header, { sub: 'eve' }, (text) => createHmac('sha256', 'x').update(text).digest())
        assert.match((await view({ authorization: `Bearer ${secret}` })).signature, /^signature not checked: /)
      })
    test('checks no signature without a fitting key', async () => {
      const other = token({ alg: 'ES256', kid: 'two' }, { sub: 'anna' }, es256)
      assert.match((await view({ authorization: `Bearer ${other}` })).signature, /no key of JWKS_FILE fits/)
    })
    for (const value of ['', 'Bearer', 'Bearer a.b.c', `Bearer ${part(1)}.${part(2)}.x`])
      test(`refuses ${JSON.stringify(value)}`, async () => {
        assert.equal((await get('/jwt', { headers: { authorization: value } })).status, 400)
      })
  })

  test('/v1/whoami says who answers and who asks', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' }
    const overview = await jsonOf<Overview>(await get('/v1/whoami?x=1', { headers }))
    const { node, pod, namespace, zone } = overview.server
    assert.deepEqual([node, pod, namespace, zone], ['node-1', 'whoami-x', 'livepods', 'zone-a'])
    // Only the first proxy is trusted: what the second one says may be made up.
    assert.deepEqual(overview.client.trustedChain, ['127.0.0.1', '198.51.100.7'])
    assert.deepEqual([overview.request.url, overview.request.protocol], ['/v1/whoami?x=1', 'HTTP/1.1'])
    assert.equal(overview.tls, undefined)
  })

  suite('/chain', () => {
    const chain = async (to: string, headers: Record<string, string> = {}) =>
      await get(`/chain?to=${encodeURIComponent(to)}`, { headers })
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

    test('goes through several, and brings the trace along', async () => {
      const { url } = whoami
      const response = await chain(`${url}/chain,${url}/chain,${url}/v1/whoami`, { traceparent })
      const { hop, next } = await jsonOf<Hop>(response)
      const last = next.body.next.body.next
      assert.deepEqual([hop, next.body.hop, next.body.next.body.hop], [0, 1, 2])
      assert.equal(last.body.request.headers.find(({ name }) => name === 'Traceparent')?.value, traceparent)
    })
    test('calls nobody who is not allowed', async () => {
      for (const to of ['http://localhost/', 'http://127.0.0.1.example/', 'http://127.0.0.1@example.org/'])
        assert.equal((await chain(to)).status, to.includes('@') ? 400 : 403, to)
    })
    test('refuses what is no url', async () => {
      for (const to of ['', 'file:///etc/passwd', 'x']) assert.equal((await chain(to)).status, 400)
    })
    test('has at most five hops', async () => {
      assert.equal((await chain(Array(6).fill(whoami.url).join())).status, 400)
      assert.equal((await chain(whoami.url, { 'x-whoami-hops': '5' })).status, 400)
    })
    test('says who does not answer', async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      server.close()
      await once(server, 'close')
      const response = await chain(`http://127.0.0.1:${port}/`)
      assert.deepEqual([response.status, (await jsonOf<Hop>(response)).next.status], [502, undefined])
    })
    test('follows no redirect', async () => {
      const { next } = await jsonOf<Hop>(await chain(`${whoami.url}//x`))
      assert.equal(next.status, 307)
    })
  })

  test('/events sends events', async () => {
    const socket = await open(whoami.port)
    socket.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n')
    const text = await readUntil(socket, (text) => (text.match(/event: beat/g) ?? []).length >= 2)
    assert.match(text, /Content-Type: text\/event-stream\r\n/)
    socket.destroy()
  })

  test('a client that has left does not wait on', async () => {
    const socket = await open(whoami.port)
    socket.write('GET /?wait=2s HTTP/1.1\r\nHost: x\r\n\r\n')
    socket.destroy()
    await once(socket, 'close')
    assert.equal((await get('/bench')).status, 200)
  })

  test('a request that HTTP/2 resets is forgotten', async () => {
    const session = connectHttp2(whoami.url)
    const stream = session.request({ ':path': '/?wait=1s' })
    stream.close(constants.NGHTTP2_CANCEL)
    await once(stream, 'close')
    const next = session.request({ ':path': '/bench' })
    const [headers] = await once(next, 'response')
    assert.equal(headers[':status'], 200)
    session.close()
  })

  test('/openapi.yaml lists every route', async () => {
    const text = await (await get('/openapi.yaml')).text()
    for (const path of [
      '/api',
      '/bench',
      '/data',
      '/echo',
      '/health',
      '/faults',
      '/jwt',
      '/v1/whoami',
      '/chain',
      '/events',
      '/ui',
    ])
      assert.ok(text.includes(`\n  ${path}:\n`), path)
  })
})

test('with tokens everything is open but /faults, which takes the role manage', async () => {
  await using tokens = await testTokens()
  await using whoami = await startWhoami({ variables: { ACCESS_TOKENS_FILE: tokens.file } })
  for (const path of ['/', '/api', '/bench', '/data', '/health', '/v1/whoami', '/ui', '/openapi.yaml'])
    assert.equal((await fetch(whoami.url + path)).status, 200, path)
  const begin = async (headers: Record<string, string>) =>
    (await fetch(`${whoami.url}/faults`, { method: 'POST', headers, body: '{"status":503,"for":"1s"}' })).status
  const { read, submit, manage } = tokens.headers
  assert.deepEqual(await Promise.all([{}, read, submit].map(begin)), [401, 403, 403])
  assert.equal(await begin(manage), 200)
})

test('without tokens faults are off unless they are allowed', async () => {
  await using whoami = await startWhoami()
  assert.equal((await fetch(`${whoami.url}/faults`, { method: 'POST', body: '{"status":503}' })).status, 403)
})

test('the environment shows names, and values that may be seen', async () => {
  const environment = { SECRET: 'hidden', SHOWN: 'seen é' }
  await using whoami = await startWhoami({ variables: { SHOW_ENV: 'SHOWN' }, environment })
  assert.ok((await (await fetch(`${whoami.url}/?env=true`)).text()).endsWith('\r\n\r\nSECRET\nSHOWN=seen é\n'))
  const { environ } = await jsonOf<{ environ: object }>(await fetch(`${whoami.url}/api?env=1`))
  assert.deepEqual(environ, { SECRET: '', SHOWN: 'seen é' })
})
