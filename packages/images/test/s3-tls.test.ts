import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { EnvironmentError } from '@livepods/service'
import { replaceFile, TestAuthority } from '@livepods/system'
import { S3_TEST_SERVER, S3Server } from '@livepods/testing'
import { openBucket } from '../src/index.ts'

const folders = { UNKNOWN_PEOPLE: '/nowhere', KNOWN_PEOPLE: '/nowhere' }
const skip = S3_TEST_SERVER ? false : 'S3_TEST_SERVER names no versitygw'
const authority = new TestAuthority()
const stranger = new TestAuthority('another authority')
after(() => {
  authority[Symbol.dispose]()
  stranger[Symbol.dispose]()
})

test('S3_TLS_CA_FILE is whom the service has to be signed by, also after it was replaced', { skip }, async () => {
  await using server = await S3Server.start(S3_TEST_SERVER ?? '', { certificate: authority.issue('IP:127.0.0.1') })
  const open = async (tls: object) => await openBucket({ ...folders, ...server.environment('tls'), ...tls })
  const file = join(authority.folder, 'followed.pem')
  replaceFile(file, stranger.ca)
  await using unknown = await open({})
  await assert.rejects(async () => unknown?.ping(), /certificate.*S3_TLS_CA_FILE/)
  await using bucket = await open({ S3_TLS_CA_FILE: file })
  await assert.rejects(async () => bucket?.ping(), /certificate.*S3_TLS_CA_FILE/)
  replaceFile(file, authority.ca)
  while (
    !(await bucket?.ping().then(
      () => true,
      () => false,
    ))
  );
})

test('an S3_TLS_CA_FILE that cannot be used is refused at the start', async () => {
  const settings = { ...folders, IMAGE_STORE: 's3://photos', S3_TLS_CA_FILE: '/nowhere' }
  await assert.rejects(
    openBucket(settings),
    (error) => error instanceof EnvironmentError && /S3_TLS_CA_FILE/.test(error.message),
  )
})
