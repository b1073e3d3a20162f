import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { DeleteObjectCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { FaultyProxy, S3_TEST_SERVER, S3Server } from '@livepods/testing'
import { openBucket, openStore, removalFault, type S3Bucket, StoreUnavailableError, uploadPath } from '../src/index.ts'

if (!S3_TEST_SERVER) console.log('Versions in S3 are not tested here: S3_TEST_SERVER names no versitygw.')
else tests(S3_TEST_SERVER)

function tests(program: string): void {
  describe('a bucket that keeps versions', async () => {
    const stack = new AsyncDisposableStack()
    after(() => stack.disposeAsync())
    const server = stack.use(await S3Server.start(program, { versions: true }))
    const proxy = stack.use(await FaultyProxy.open(server.port))
    const folder = await mkdtemp(join(tmpdir(), 'livepods-versions-'))
    stack.defer(() => rm(folder, { recursive: true }))
    const environment = { UNKNOWN_PEOPLE: folder, KNOWN_PEOPLE: folder, ...server.environment('a', proxy) }
    const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = environment
    const place = { endpoint: `http://127.0.0.1:${server.port}`, region: 'us-east-1', forcePathStyle: true }
    const client = new S3Client({ ...place, credentials: { accessKeyId, secretAccessKey } })
    stack.defer(() => client.destroy())
    const versioning = async (Status: 'Enabled' | 'Suspended') => {
      const VersioningConfiguration = { Status }
      await client.send(new PutBucketVersioningCommand({ Bucket: 'photos', VersioningConfiguration }))
    }
    /** Files below the folder of the server that contain the text. */
    const bytesLeft = async (text: string) => {
      const found: string[] = []
      for (const entry of await readdir(join(server.folder, '..'), { recursive: true, withFileTypes: true }))
        if (entry.isFile() && (await readFile(join(entry.parentPath, entry.name))).includes(text))
          found.push(entry.name)
      return found
    }
    const bucketOf = async () => stack.use((await openBucket(environment)) as S3Bucket)
    const put = async (bucket: S3Bucket, key: string, text: string) => {
      const content = Buffer.from(text)
      const sha256 = createHash('sha256').update(content).digest('hex')
      await bucket.put(key, { body: () => content, length: content.length, sha256 })
    }
    const denies = (operation: RegExp) => {
      proxy.fault = ({ method, url }, response) => {
        if (!operation.test(`${method} ${url}`)) return false
        response.writeHead(403, { 'content-type': 'application/xml' })
        response.end('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>')
        return true
      }
    }

    test('is learned from the answer to a DELETE, when it began after our start', async () => {
      const bucket = await bucketOf()
      await put(bucket, 'known_people/none.jpg', 'none')
      await bucket.remove('known_people/none.jpg')
      await put(bucket, 'known_people/anna.jpg', 'secret-0')
      await versioning('Enabled')
      await bucket.remove('known_people/anna.jpg')
      assert.deepEqual(await bytesLeft('secret-'), [])
    })

    for (const status of ['Enabled', 'Suspended'] as const)
      test(`loses all of an object that is removed, and nothing of others (${status})`, async () => {
        await versioning('Enabled')
        const bucket = await bucketOf()
        for (const text of ['secret-1', 'secret-2', 'secret-3']) await put(bucket, 'known_people/anna.jpg', text)
        await put(bucket, 'known_people/anna.jpg2', 'other-1')
        await put(bucket, 'known_people/anna.jpg2', 'other-2')
        await versioning(status)
        await put(bucket, 'known_people/anna.jpg', 'secret-4')
        await bucket.remove('known_people/anna.jpg')
        assert.deepEqual(await bytesLeft('secret-'), [])
        assert.equal(await bucket.head('known_people/anna.jpg'), undefined)
        assert.equal((await bytesLeft('other-')).length, 2)
        await bucket.remove('known_people/anna.jpg2')
      })

    test('loses an upload that was put again, and what an earlier removal left behind a marker', async () => {
      await versioning('Enabled')
      await using store = await openStore(environment)
      const staged = join(folder, 'staged')
      await writeFile(staged, 'secret-upload')
      const path = uploadPath(createHash('sha256').update('secret-upload').digest('hex'), 'jpeg')
      await store.putIfAbsent(path, staged)
      denies(/versionId/)
      await assert.rejects(store.remove(path), (error: Error) => {
        assert.ok(error instanceof StoreUnavailableError, error.message)
        assert.match(error.message, /keeps old versions in "photos".*s3:DeleteObjectVersion/)
        return true
      })
      proxy.fault = undefined
      assert.equal((await store.open(path, { maxBytes: 100 })).toString(), 'secret-upload')
      await client.send(new DeleteObjectCommand({ Bucket: 'photos', Key: `a/unknown_people/${path}` }))
      assert.notDeepEqual(await bytesLeft('secret-upload'), [])
      assert.equal(await store.remove(path), false)
      assert.deepEqual(await bytesLeft('secret-upload'), [])
    })

    test('is refused at the start when its versions may not be removed', async () => {
      await versioning('Enabled')
      proxy.fault = undefined
      assert.equal(await removalFault(environment), undefined)
      for (const operation of [/^DELETE .*versionId/, /^GET .*versions/]) {
        denies(operation)
        assert.match(
          (await removalFault(environment)) ?? '',
          /keeps old versions in "photos".*removed pictures would stay/,
        )
      }
      proxy.fault = undefined
    })

    test('where nobody tells, the start goes on, and a removal that leaves bytes behind fails', async () => {
      await versioning('Enabled')
      const bucket = await bucketOf()
      await put(bucket, 'known_people/bob.jpg', 'secret-bob')
      denies(/versioning|versions|versionId/)
      assert.equal(await removalFault(environment), undefined)
      await assert.rejects(bucket.remove('known_people/bob.jpg'), StoreUnavailableError)
      proxy.fault = undefined
      await bucket.remove('known_people/bob.jpg')
      assert.deepEqual(await bytesLeft('secret-bob'), [])
      await proxy[Symbol.asyncDispose]()
      assert.equal(await removalFault(environment), undefined)
    })
  })
}
