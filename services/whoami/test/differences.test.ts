import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { WebSocket } from 'ws'
import { type Started, startWhoami } from './support/start.ts'
import { ask } from './support/wire.ts'

// Each difference that the README lists, and nothing else, is one.

suite('where it differs from the original', () => {
  let whoami: Started
  before(async () => {
    whoami = await startWhoami({ environment: { SECRET: 'x' }, variables: { MAX_DATA: '1000' } })
  })
  after(async () => await whoami[Symbol.asyncDispose]())
  const get = async (path: string, version = '1.1', fields = '') =>
    await ask(whoami.port, `GET ${path} HTTP/${version}\r\nHost: x\r\n${fields}\r\n`)

  const differences: Record<string, () => Promise<void>> = {
    'answers to HTTP/1.0 say HTTP/1.1': async () => {
      const socket = connect(whoami.port, '127.0.0.1')
      socket.write('GET /bench HTTP/1.0\r\n\r\n')
      const [bytes] = (await once(socket, 'data')) as [Buffer]
      assert.match(bytes.toString(), /^HTTP\/1\.1 200 OK\r\n/)
      socket.destroy()
    },
    'unknown methods, CONNECT, and Content-Length beside Transfer-Encoding are 400': async () => {
      const both = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
      for (const text of ['BREW / HTTP/1.1\r\nHost: x\r\n\r\n', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', both])
        assert.equal((await ask(whoami.port, text)).status, 400)
    },
    '`Upgrade: h2c` is not taken': async () => {
      const fields =
        'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n'
      const { status, body } = await get('/', '1.1', fields)
      assert.equal(status, 200)
      assert.ok(body.includes('Upgrade: h2c\r\n'))
    },
    'the order of fields in an answer': async () => {
      const { fields } = await get('/')
      // Go writes Date, Content-Length, Content-Type.
      assert.deepEqual(
        fields.map(([name]) => name),
        ['Content-Type', 'Content-Length', 'Date'],
      )
    },
    '`/data` has all its bytes and their number, where the original loses one or sends chunks; at most `MAX_DATA`':
      async () => {
        const { fields, body } = await get('/data?size=513')
        assert.deepEqual([body.length, fields.some(([name]) => name === 'Content-Length')], [513, true])
        assert.equal((await get('/data?size=1001')).status, 400)
      },
    'ranges of `/data` without `attachment`, too': async () => {
      assert.equal((await get('/data?size=9', '1.1', 'Range: bytes=1-3\r\n')).body, 'ABC')
    },
    '`size`, `unit`, `wait` and the status of `/health` are 400 with a sentence when they are out of range':
      async () => {
        for (const path of ['/data?size=x', '/data?unit=x', '/?wait=61s', '/?wait=-1s'])
          assert.equal((await get(path)).status, 400, path)
        assert.equal(
          (await ask(whoami.port, 'POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nnull')).status,
          400,
        )
      },
    '`?env=true` shows names, and values only of `SHOW_ENV`': async () => {
      assert.match((await get('/?env=true')).body, /\r\n\r\nSECRET\n$/)
    },
    'texts of a WebSocket must be UTF-8, and messages have 1 MiB at most': async () => {
      const websocket = new WebSocket(`ws://127.0.0.1:${whoami.port}/echo`)
      await once(websocket, 'open')
      websocket.send(Buffer.from([0xff]), { binary: false })
      assert.equal((await once(websocket, 'close'))[0], 1007)
    },
    'what stands above in the second and third item': async () => {
      // To the original each of these is an unknown path, which shows the request.
      for (const path of ['/ui', '/v1/whoami', '/jwt', '/chain', '/faults', '/?close=0&status=418&fail=100%25'])
        assert.doesNotMatch((await get(path)).body, /^Hostname: /m, path)
    },
  }

  for (const [sentence, check] of Object.entries(differences)) test(sentence, check)

  test('the README lists these', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const [, list = ''] = /Where it differs from the original:\n\n((?:- .*\n(?: {2}.*\n)*)+)/.exec(readme) ?? []
    const items = list
      .split(/^- /m)
      .slice(1)
      .map((item) => item.replace(/\n\s*/g, ' ').trim())
    assert.deepEqual(items, Object.keys(differences))
  })
})
