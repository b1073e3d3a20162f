import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { after, test } from 'node:test'
import { openStore } from '@livepods/images'
import { FaultyProxy, S3_TEST_SERVER, S3Server, spawnService, TcpProxy } from '@livepods/testing'
import { removeOrphans } from '../src/orphans.ts'
import { png } from './support/photos.ts'
import { uploadApp } from './support/upload-app.ts'

const folders = { UNKNOWN_PEOPLE: tmpdir(), KNOWN_PEOPLE: tmpdir() }

if (S3_TEST_SERVER) {
  const server = await S3Server.start(S3_TEST_SERVER)
  after(() => server[Symbol.asyncDispose]())

  test('uploads go to S3 under their SHA-256, each once, and orphans are removed there', async () => {
    await using store = await openStore({ ...folders, ...server.environment('receiver') })
    await using app = await uploadApp({ store })
    const photo = png(100, 100, 300_000)
    const all = await Promise.all(Array.from({ length: 4 }, () => app.send(photo, 'image/png')))
    assert.deepEqual(all.map(({ status }) => status).sort(), [200, 200, 200, 202])
    const path = `uploads/${createHash('sha256').update(photo).digest('hex')}.png`
    assert.deepEqual(await store.open(path, { maxBytes: 1_000_000 }), photo)
    assert.equal(
      await removeOrphans(
        { store, photoStore: { existing: async (paths) => new Set(paths) } },
        { olderThanMs: -60_000 },
      ),
      0,
    )
    assert.equal(
      await removeOrphans({ store, photoStore: { existing: async () => new Set() } }, { olderThanMs: -60_000 }),
      1,
    )
  })

  test('while S3 is away a photo is 503 and has no row; when it is back, the same photo is accepted', async () => {
    await using proxy = await TcpProxy.open({ host: '127.0.0.1', port: server.port })
    await using store = await openStore({ ...folders, ...server.environment('away', { port: proxy.port }) })
    await using app = await uploadApp({ store })
    const photo = png(1, 1)
    await proxy.close()
    const { status, json, headers } = await app.send(photo, 'image/png')
    assert.equal(status, 503)
    assert.match(json.detail, /S3 service does not answer .* send the photo again\./)
    assert.ok(headers.get('retry-after'))
    assert.equal(app.rows.batches.length, 0)
    await proxy.reopen()
    assert.equal((await app.send(photo, 'image/png')).status, 202)
  })

  test('an S3 service that answers 503 now and then is retried, and clients do not notice', async () => {
    await using proxy = await FaultyProxy.open(server.port)
    await using store = await openStore({ ...folders, ...server.environment('busy', proxy) })
    await using app = await uploadApp({ store })
    const photo = png(100, 100, 300_000)
    proxy.answerNext(2, /^PUT/, (response) => response.writeHead(503).end())
    assert.equal((await app.send(photo, 'image/png')).status, 202)
    const path = `uploads/${createHash('sha256').update(photo).digest('hex')}.png`
    assert.deepEqual(await store.open(path, { maxBytes: 1_000_000 }), photo)
  })

  test('an HTML page of a captive portal as the answer to a PUT is 503, and there is no row', async () => {
    await using proxy = await FaultyProxy.open(server.port)
    await using store = await openStore({ ...folders, ...server.environment('portal', proxy) })
    await using app = await uploadApp({ store })
    proxy.answerNext(Infinity, /./, (response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Please sign in.</body></html>')
    })
    const { status, json } = await app.send(png(1, 1), 'image/png')
    assert.equal(status, 503)
    assert.match(json.detail, /no S3 service, or a proxy in front of it/)
    assert.equal(app.rows.batches.length, 0)
  })

  test('it does not start with a bucket that would keep a deleted photo as an old version, and says why', async () => {
    await using proxy = await FaultyProxy.open(server.port)
    proxy.fault = ({ url = '' }, response) => {
      response.setHeader('content-type', 'application/xml')
      if (/[?&]versioning/.test(url))
        response.end('<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>')
      else response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>No</Message></Error>')
      return true
    }
    const main = new URL('../src/main.ts', import.meta.url)
    await using service = await spawnService(main, {
      ...server.environment('versions', proxy),
      ...{ MYSQL_CONNECTION: '127.0.0.1', MYSQL_USERPASSWORD: 'x:y', PRODUCER_ADDRESS: '127.0.0.1:1' },
    })
    assert.equal(await service.exited, 78)
    assert.match(service.output(), /keeps old versions in \\"photos\\".*s3:DeleteObjectVersion/)
  })

  test('a wrong S3 access key is 503 with what to check', async () => {
    const environment = { ...server.environment('key'), S3_SECRET_ACCESS_KEY: 'wrong' }
    await using store = await openStore({ ...folders, ...environment })
    await using app = await uploadApp({ store })
    const { status, json } = await app.send(png(1, 1), 'image/png')
    assert.equal(status, 503)
    assert.match(json.detail, /refuses our keys .*S3_SECRET_ACCESS_KEY/)
  })
}
