import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { after, test } from 'node:test'
import { openStore } from '@livepods/images'
import { Door, S3_TEST_SERVER, S3Server } from '@livepods/testing'
import { sweep } from '../src/sweep.ts'
import { png } from './support/photos.ts'
import { uploadApp } from './support/upload-app.ts'

const folders = { UNKNOWN_PEOPLE: tmpdir(), KNOWN_PEOPLE: tmpdir() }

if (S3_TEST_SERVER) {
  const server = await S3Server.start(S3_TEST_SERVER)
  after(() => server[Symbol.asyncDispose]())

  test('photos go to S3 under their sum, each once, and what has no row is swept there', async () => {
    await using store = await openStore({ ...folders, ...server.environment('receiver') })
    await using app = await uploadApp({ store })
    const photo = png(100, 100, 300_000)
    const all = await Promise.all(Array.from({ length: 4 }, () => app.send(photo, 'image/png')))
    assert.deepEqual(all.map(({ status }) => status).sort(), [200, 200, 200, 202])
    const path = `uploads/${createHash('sha256').update(photo).digest('hex')}.png`
    assert.deepEqual(await store.open(path, { maxBytes: 1_000_000 }), photo)
    assert.equal(
      await sweep({ store, images: { known: async (paths) => new Set(paths) } }, { olderThanMs: -60_000 }),
      0,
    )
    assert.equal(await sweep({ store, images: { known: async () => new Set() } }, { olderThanMs: -60_000 }), 1)
  })

  test('while S3 is away a photo is 503 and has no row; when it is back, the same photo is accepted', async () => {
    await using door = await Door.open({ host: '127.0.0.1', port: server.port })
    await using store = await openStore({ ...folders, ...server.environment('away', { port: door.port }) })
    await using app = await uploadApp({ store })
    const photo = png(1, 1)
    await door.close()
    const { status, json, headers } = await app.send(photo, 'image/png')
    assert.equal(status, 503)
    assert.match(json.detail, /S3 service does not answer .* send the photo again\./)
    assert.ok(headers.get('retry-after'))
    assert.equal(app.rows.batches.length, 0)
    await door.reopen()
    assert.equal((await app.send(photo, 'image/png')).status, 202)
  })

  test('a wrong key is 503 with what to check', async () => {
    const environment = { ...server.environment('key'), S3_SECRET_ACCESS_KEY: 'wrong' }
    await using store = await openStore({ ...folders, ...environment })
    await using app = await uploadApp({ store })
    const { status, json } = await app.send(png(1, 1), 'image/png')
    assert.equal(status, 503)
    assert.match(json.detail, /refuses our keys .*S3_SECRET_ACCESS_KEY/)
  })
}
