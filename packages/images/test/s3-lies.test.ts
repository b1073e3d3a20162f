import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { FaultyProxy, S3_TEST_SERVER, S3Server } from '@livepods/testing'
import {
  type ImageFileStore,
  ImageMissingError,
  ImageUnreadableError,
  openBucket,
  openStore,
  type S3Bucket,
  StoreUnavailableError,
  uploadPath,
} from '../src/index.ts'

const PAGE = '<html><head><title>Sorry</title></head><body><h1>Sorry</h1></body></html>'
const BROKEN_PAGE = '<!doctype html><title>Sorry</title><p>Not &nbsp; found<br>'
const page = (status: number, text = PAGE) =>
  function answer(response: ServerResponse) {
    response.writeHead(status, { 'content-type': 'text/html' }).end(text)
  }
const document = (status: number, code: string, more = '') =>
  function answer(response: ServerResponse) {
    const text = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>No.</Message>${more}</Error>`
    response.writeHead(status, { 'content-type': 'application/xml' }).end(text)
  }
const resets = () => {
  throw new Error('reset')
}
const away = (sentence: RegExp) => (error: Error) => {
  assert.ok(error instanceof StoreUnavailableError, `${error.name}: ${error.message}`)
  assert.match(error.message, sentence)
  return true
}

if (!S3_TEST_SERVER) console.log('Lies of S3 are not tested here: S3_TEST_SERVER names no versitygw.')
else tests(S3_TEST_SERVER)

function tests(program: string): void {
  describe('S3 behind somebody who lies', async () => {
    const stack = new AsyncDisposableStack()
    after(() => stack.disposeAsync())
    const server = stack.use(await S3Server.start(program))
    const proxy = stack.use(await FaultyProxy.open(server.port))
    const folder = await mkdtemp(join(tmpdir(), 'livepods-lies-'))
    stack.defer(() => rm(folder, { recursive: true }))
    const environment = { UNKNOWN_PEOPLE: folder, KNOWN_PEOPLE: folder, ...server.environment('a', proxy) }
    const store: ImageFileStore = stack.use(await openStore(environment))
    const bucket = stack.use((await openBucket(environment)) as S3Bucket)
    const bytes = Buffer.concat([Buffer.from('\xff\xd8\xff', 'latin1'), Buffer.alloc(200_000, 'picture')])
    const upload = uploadPath(createHash('sha256').update(bytes).digest('hex'), 'jpeg')
    const staged = join(folder, 'staged')
    await writeFile(staged, bytes)
    const put = (key: string, content = bytes) =>
      bucket.put(key, {
        body: () => content,
        length: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      })
    const open = (path: string, maxBytes = 1_000_000) => store.open(path, { maxBytes })

    beforeEach(async () => {
      proxy.fault = undefined
      await store.remove(upload)
      await store.putIfAbsent(upload, staged)
      await put('unknown_people/by-path.jpg')
      proxy.requests.length = 0
    })

    /** Every GET is answered so, without a length. */
    const serve = (headers: Record<string, string>, ...parts: Buffer[]) => {
      proxy.fault = ({ method }: IncomingMessage, response: ServerResponse) => {
        if (method !== 'GET') return false
        response.writeHead(200, headers)
        for (const part of parts) response.write(part)
        response.end()
        return true
      }
    }
    const all = async (list: AsyncIterable<unknown>) => {
      for await (const _ of list);
    }

    test('reads to the end what comes without a length, in chunks or until the connection closes', async () => {
      const inChunks = serve
      const untilClosed = (_: object, ...parts: Buffer[]) => {
        proxy.fault = ({ method, socket }) => {
          if (method === 'GET') socket.end(Buffer.concat([Buffer.from('HTTP/1.0 200 OK\r\n\r\n'), ...parts]))
          return method === 'GET'
        }
      }
      for (const way of [inChunks, untilClosed]) {
        way({}, bytes.subarray(0, 7), bytes.subarray(7))
        for (const path of [upload, 'by-path.jpg']) assert.ok((await open(path)).equals(bytes), path)
      }
    })

    test('keeps to the limit without a length, too', async () => {
      serve({}, bytes.subarray(0, 7), bytes.subarray(7))
      await assert.rejects(open('by-path.jpg', 100_000), ImageUnreadableError)
      assert.ok((await open('by-path.jpg', bytes.length)).equals(bytes))
    })

    test('undoes a compression that nobody asked for, under the limit', async () => {
      for (const [encoding, packed] of [
        ['gzip', gzipSync(bytes)],
        ['br', brotliCompressSync(bytes)],
      ] as const) {
        serve({ 'content-encoding': encoding }, packed)
        for (const path of [upload, 'by-path.jpg']) assert.ok((await open(path)).equals(bytes), encoding)
        await assert.rejects(open('by-path.jpg', 100_000), ImageUnreadableError)
        // The name alone: the bytes are not compressed.
        serve({ 'content-encoding': encoding }, bytes)
        assert.ok((await open(upload)).equals(bytes), encoding)
      }
    })

    test('other bytes of an upload are a fault of the store: none, fewer, more, others, a page, broken gzip', async () => {
      const other = Buffer.from(bytes)
      other[1000] = 0
      for (const body of [
        Buffer.alloc(0),
        bytes.subarray(0, -1),
        Buffer.concat([bytes, Buffer.from('x')]),
        other,
        Buffer.from(BROKEN_PAGE),
      ]) {
        serve({}, body)
        for (const path of [upload, `/unknown_people/./${upload}`, `${folder}/${upload}`])
          await assert.rejects(open(path), away(/other bytes than those of this upload/))
      }
      serve({ 'content-encoding': 'gzip' }, gzipSync(bytes).subarray(0, -100))
      await assert.rejects(open(upload), away(/compressed bytes that are broken/))
    })

    test('a body that breaks off is asked for again', async () => {
      let times = 0
      proxy.fault = ({ method }, response) => {
        if (method !== 'GET' || ++times === 3) return false
        response.writeHead(200, { 'content-length': String(bytes.length) })
        response.write(bytes.subarray(0, 1000), () => response.destroy())
        return true
      }
      assert.ok((await open('by-path.jpg')).equals(bytes))
      assert.equal(times, 3)
      await assert.rejects(open('by-path.jpg'), away(/broke off the connection/))
    })

    for (const [what, answer] of Object.entries({
      503: page(503, BROKEN_PAGE),
      500: document(500, 'InternalError'),
      'slow down': document(503, 'SlowDown'),
      'request time-out': document(400, 'RequestTimeout'),
      429: page(429),
      reset: resets,
    }))
      test(`a few times "${what}" are no fault of a put, a get, a list, a removal`, async () => {
        await store.remove(upload)
        proxy.answerNext(3, /^PUT/, answer)
        assert.equal(await store.putIfAbsent(upload, staged), true)
        proxy.answerNext(3, /^GET .*jpg/, answer)
        assert.ok((await open(upload)).equals(bytes))
        proxy.answerNext(3, /^GET .*list-type/, answer)
        for await (const { path } of store.list()) assert.equal(path, upload)
        proxy.answerNext(3, /^DELETE/, answer)
        assert.equal(await store.remove(upload), true)
        await assert.rejects(open(upload), ImageMissingError)
      })

    test('a large photo is put again as a whole, also when it was refused before its bytes were read', async () => {
      const large = join(folder, 'large')
      const content = Buffer.alloc(6_000_000, 'large')
      await writeFile(large, content)
      const path = uploadPath(createHash('sha256').update(content).digest('hex'), 'jpeg')
      for (const answer of [
        page(503),
        resets,
        (response: ServerResponse) => response.writeHead(503).end(() => response.destroy()),
      ]) {
        proxy.answerNext(2, /^PUT/, answer)
        assert.equal(await store.putIfAbsent(path, large), true)
        assert.ok((await open(path, 6_000_000)).equals(content))
        await store.remove(path)
      }
    })

    test('a file that went away before it could be put is no crash', async () => {
      const away = bucket.put('unknown_people/none.jpg', {
        body: () => createReadStream(join(folder, 'none')),
        length: 7,
        sha256: '0'.repeat(64),
      })
      await assert.rejects(away, /folder of pictures cannot be used \(ENOENT\)/)
    })

    test('a put whose answer was lost is known to be done', async () => {
      const key = 'known_people/anna/x.jpg'
      const isPut = (answer: boolean) => {
        let lost = false
        proxy.fault = (request, response) => {
          if (request.method !== 'PUT' || lost) return false
          lost = true
          response.writeHead = () => {
            request.socket.resetAndDestroy()
            return response
          }
          return !answer
        }
      }
      isPut(true)
      const content = Buffer.from('anna')
      const sha256 = createHash('sha256').update(content).digest('hex')
      const object = { body: () => content, length: 4, sha256, ifAbsent: true }
      assert.equal(await bucket.put(key, object), true)
      assert.equal(await bucket.put(key, object), false)
      assert.equal(proxy.requests.filter((request) => request.startsWith('PUT')).length, 3)
      await bucket.remove(key)
    })

    test('a reset is called so, and not slow', async () => {
      proxy.fault = resets
      for (const ask of [() => open(upload), () => store.putIfAbsent(upload, staged), () => store.ping()])
        await assert.rejects(ask, away(/broke off the connection/))
    })

    test('only the code of an S3 service says that there is no such picture', async () => {
      const none = uploadPath('0'.repeat(64), 'jpeg')
      for (const answer of [page(404), page(404, BROKEN_PAGE), (r: ServerResponse) => void r.writeHead(404).end()]) {
        proxy.answerNext(Infinity, /./, answer)
        await assert.rejects(open(upload), away(/no S3 service, or a proxy/))
        await assert.rejects(bucket.head('unknown_people/by-path.jpg'), away(/no S3 service, or a proxy/))
        await assert.rejects(store.remove(upload), away(/no S3 service, or a proxy/))
        await assert.rejects(bucket.remove('unknown_people/by-path.jpg'), away(/no S3 service, or a proxy/))
        await assert.rejects(store.ping(), away(/no S3 service, or a proxy/))
      }
      proxy.fault = undefined
      await assert.rejects(open(none), ImageMissingError)
      assert.equal(await bucket.head(`unknown_people/${none}`), undefined)
    })

    test('a page instead of an answer is none: nothing is stored, removed, listed or there', async () => {
      for (const text of [PAGE, BROKEN_PAGE]) {
        proxy.answerNext(Infinity, /./, page(200, text))
        await store.stagingFolder()
        for (const ask of [
          () => store.putIfAbsent(upload, staged),
          () => store.remove(upload),
          () => bucket.remove('unknown_people/by-path.jpg'),
          () => open('by-path.jpg'),
          () => store.ping(),
          () => bucket.head('unknown_people/by-path.jpg'),
          () => all(store.list()),
        ])
          await assert.rejects(ask, away(/no S3 service, or a proxy in front/))
      }
    })

    test('a success without its signs is none, whatever type it has', async () => {
      proxy.fault = ({ method }, response) => {
        if (method === 'GET' || method === 'HEAD') return false
        response.writeHead(200).end('ok')
        return true
      }
      await bucket.remove('unknown_people/none.jpg')
      await assert.rejects(put('unknown_people/new.jpg'), away(/did not confirm that it has stored/))
      await assert.rejects(bucket.remove('unknown_people/by-path.jpg'), away(/removed nothing/))
      proxy.fault = ({ url = '' }, response) => {
        if (!url.includes('list-type')) return false
        response.writeHead(200, { 'content-type': 'application/xml' }).end('<welcome><to>us</to></welcome>')
        return true
      }
      await assert.rejects(all(bucket.list('')), away(/no list/))
    })

    test('a wrong region is named with the right one, where somebody says it', async () => {
      await using wrong = await openStore({ ...environment, S3_REGION: 'eu-west-3' })
      for (const ask of [
        () => wrong.ping(),
        () => wrong.open(upload, { maxBytes: 9 }),
        () => wrong.putIfAbsent(upload, staged),
      ])
        await assert.rejects(ask, away(/region "eu-west-3" .* bucket is in "us-east-1". Set S3_REGION to that/))
      for (const answer of [
        document(301, 'PermanentRedirect', '<Endpoint>photos.s3.eu-central-1.example</Endpoint>'),
        page(301),
        document(400, 'AuthorizationHeaderMalformed'),
        document(307, 'TemporaryRedirect'),
      ]) {
        proxy.answerNext(Infinity, /./, answer)
        for (const ask of [() => store.ping(), () => open(upload), () => store.putIfAbsent(upload, staged)])
          await assert.rejects(
            ask,
            away(/region "us-east-1" .* Set S3_REGION to that of the bucket, and check S3_ENDPOINT/),
          )
      }
      proxy.fault = (_, response) => {
        response.writeHead(301, { 'x-amz-bucket-region': 'eu-central-1' }).end()
        return true
      }
      await assert.rejects(store.ping(), away(/bucket is in "eu-central-1". Set S3_REGION/))
    })

    test('a wrong key id is named also by the ping, and a missing bucket is one', async () => {
      await using key = await openStore({ ...environment, S3_ACCESS_KEY_ID: 'wrong' })
      await using secret = await openStore({ ...environment, S3_SECRET_ACCESS_KEY: 'wrong' })
      await using none = await openStore({ ...environment, IMAGE_STORE: 's3://none/x' })
      for (const store of [key, secret]) await assert.rejects(store.ping(), away(/refuses our keys .*S3_ACCESS_KEY_ID/))
      await assert.rejects(key.remove(upload), away(/refuses our keys/))
      await assert.rejects(none.ping(), away(/no bucket "none"/))
    })

    test('a service that knows no conditions, or overlooks them, loses no object', async () => {
      const content = Buffer.from('another')
      const sha256 = createHash('sha256').update(content).digest('hex')
      const object = { body: () => content, length: content.length, sha256, ifAbsent: true }
      for (const asksFirst of [true, false]) {
        await using fresh = (await openBucket(environment)) as S3Bucket
        proxy.fault = ({ headers }, response) => {
          if (headers['if-none-match'] === undefined) return false
          document(501, 'NotImplemented')(response)
          return true
        }
        assert.equal(await fresh.put('unknown_people/by-path.jpg', { ...object, asksFirst }), false)
        assert.equal(await fresh.put('unknown_people/another.jpg', { ...object, asksFirst }), true)
        await fresh.remove('unknown_people/another.jpg')
      }
      assert.ok((await open('by-path.jpg')).equals(bytes))
      proxy.fault = undefined
      proxy.requests.length = 0
      assert.equal(await bucket.put('unknown_people/by-path.jpg', { ...object, asksFirst: true }), false)
      assert.deepEqual(
        proxy.requests.filter((request) => request.startsWith('PUT')),
        [],
      )
    })

    test('no header is sent with a sum that Backblaze refuses', async () => {
      let sums: string[] = []
      proxy.fault = ({ headers }) => {
        sums = [...sums, ...Object.keys(headers).filter((name) => /checksum/.test(name))]
        return false
      }
      await put('unknown_people/by-path.jpg')
      await open('by-path.jpg')
      assert.deepEqual(sums, [])
    })

    test('a proxy that takes no large bodies is named', async () => {
      proxy.answerNext(Infinity, /^PUT/, page(413))
      await assert.rejects(put('unknown_people/large.jpg'), away(/takes no object of this size/))
    })
  })
}
