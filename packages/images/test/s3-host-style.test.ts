import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import dns from 'node:dns'
import { mock, test } from 'node:test'
import { FaultyProxy, S3_TEST_SERVER, S3Server } from '@livepods/testing'
import { openBucket, type S3Bucket } from '../src/index.ts'

const folders = { UNKNOWN_PEOPLE: '/nowhere', KNOWN_PEOPLE: '/nowhere' }
const content = Buffer.from('picture')
const sha256 = createHash('sha256').update(content).digest('hex')

if (!S3_TEST_SERVER) console.log('Host names of buckets are not tested here: S3_TEST_SERVER names no versitygw.')
else
  test('S3_PATH_STYLE says whether the bucket is in the path or in the host name', async () => {
    await using server = await S3Server.start(S3_TEST_SERVER as string, { domain: 's3.test' })
    const asked: string[] = []
    // No name server knows these.
    const lookup = mock.method(dns, 'lookup', ((
      name: string,
      _options: object,
      done: (error: null, addresses: object[]) => void,
    ) => {
      asked.push(name)
      done(null, [{ address: '127.0.0.1', family: 4 }])
    }) as never)
    try {
      const environment = { ...folders, ...server.environment('a'), S3_ENDPOINT: `http://s3.test:${server.port}` }
      await using bucket = (await openBucket({ ...environment, S3_PATH_STYLE: false })) as S3Bucket
      await bucket.ping()
      assert.equal(await bucket.put('x.jpg', { body: () => content, length: 7, sha256, ifAbsent: true }), true)
      assert.ok((await bucket.get('x.jpg', { maxBytes: 7 })).equals(content))
      const listed: string[] = []
      for await (const { key } of bucket.list('')) listed.push(key)
      assert.deepEqual(listed, ['x.jpg'])
      await bucket.remove('x.jpg')
      assert.deepEqual([...new Set(asked)], ['photos.s3.test'])
    } finally {
      lookup.mock.restore()
    }
    await using proxy = await FaultyProxy.open(server.port)
    for (const style of [{}, { S3_PATH_STYLE: true }]) {
      const environment = { ...folders, ...server.environment('a', proxy), ...style }
      await using bucket = (await openBucket(environment)) as S3Bucket
      await bucket.ping()
      assert.match(proxy.requests.at(-1) ?? '', /^HEAD \/photos/)
    }
  })
