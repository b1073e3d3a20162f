import assert from 'node:assert/strict'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { samplePeople } from '@livepods/samples'
import { Database, databaseOptions } from '@livepods/sql'
import { DatabaseServer, freePort, System, TestAuthority } from '@livepods/system'
import { S3_TEST_SERVER, S3Server } from '@livepods/testing'
import { TlsNsqd } from './support/tls-nsqd.ts'

/** A day's worth: ENCRYPTED_PHOTOS=10000 MYSQLD=… S3_TEST_SERVER=… node --test --test-timeout=7200000 test/encrypted.test.ts */
const PHOTOS = Number(process.env.ENCRYPTED_PHOTOS ?? 60)
const SENDERS = 8
const PROGRESS_WITHIN_MS = 120_000

test(`${PHOTOS} photos go through TLS to database, queue and S3, each with an authority of one's own`, {
  skip: S3_TEST_SERVER ? false : 'S3_TEST_SERVER names no versitygw',
}, async (t) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'livepods-encrypted-'))
  await using stack = new AsyncDisposableStack()
  const authority = stack.use(new TestAuthority())
  const certificate = authority.issue('IP:127.0.0.1')

  const tls = [`--ssl-ca=${authority.ca}`, `--ssl-cert=${certificate.cert}`, `--ssl-key=${certificate.key}`]
  const directory = join(folder.path, 'database')
  const server = stack.use(await DatabaseServer.start({ directory, port: await freePort(), options: tls }))
  const settings = { ...server.environment, MYSQL_TLS: 'verify', MYSQL_TLS_CA_FILE: authority.ca, MYSQL_DBNAME: 'kube' }
  const nsqd = stack.use(await TlsNsqd.start(certificate))
  const s3 = stack.use(await S3Server.start(S3_TEST_SERVER ?? '', { certificate }))
  const system = stack.use(
    await System.start({
      groups: ['faces'],
      directory: join(folder.path, 'system'),
      usualPorts: false,
      environment: {
        ...{ ...s3.environment('day'), S3_TLS_CA_FILE: authority.ca },
        ...{ NSQ_TLS: 'verify', NSQ_TLS_CA_FILE: authority.ca },
      },
      database: settings,
      queue: {
        NSQ_LOOKUP_ADDRESS: nsqd.broker.lookupHttpAddress,
        PRODUCER_ADDRESS: nsqd.broker.tcpAddress,
        PRODUCER_HTTP_ADDRESS: nsqd.broker.httpAddress,
      },
    }),
  )
  const database = stack.use(new Database({ ...databaseOptions(settings as never), connections: 2 }))
  // From now on whoever has no TLS is refused; all connections are made anew sooner or later.
  await database.change('SET GLOBAL require_secure_transport = ON')

  const people = await samplePeople()
  for (const { name, photo, bytes } of people) {
    const form = new FormData()
    form.set('name', name)
    form.set('photos', new File([bytes], photo))
    const answer = await fetch(`http://127.0.0.1:${system.port('frontend')}/v1/people`, { method: 'POST', body: form })
    assert.equal(answer.status, 201, await answer.text())
  }

  const began = performance.now()
  let next = 0
  const send = async () => {
    for (let index = next++; index < PHOTOS; index = next++) {
      const picture = people[index % people.length]?.bytes ?? Buffer.alloc(0)
      await upload(
        `http://127.0.0.1:${system.port('receiver')}/v1/images`,
        Buffer.concat([picture, Buffer.from(`${index}`)]),
      )
    }
  }
  const sending = Promise.all(Array.from({ length: SENDERS }, send))
  await Promise.all([sending, allFinal(database)])
  const seconds = (performance.now() - began) / 1000

  const outcomes = await database.rows('SELECT outcome, COUNT(*) AS photos FROM images GROUP BY outcome')
  assert.deepEqual(outcomes, [{ outcome: 'IDENTIFIED', photos: `${PHOTOS}` }])
  const names = await database.rows<{ name: string; photos: string }>(
    'SELECT p.name, COUNT(*) AS photos FROM images i JOIN person p ON p.id = i.person GROUP BY p.name ORDER BY p.name',
  )
  assert.deepEqual(
    names.map(({ name }) => name),
    people.map(({ name }) => name).toSorted(),
  )
  const [again] = await database.rows<{ photos: string }>('SELECT COUNT(*) AS photos FROM images WHERE attempts > 1')
  assert.ok(nsqd.connections > 0)
  t.diagnostic(
    `${PHOTOS} photos in ${seconds.toFixed(0)} s, ${(PHOTOS / seconds).toFixed(1)}/s; ${again?.photos} took several attempts`,
  )
})

async function upload(url: string, photo: Buffer<ArrayBuffer>): Promise<void> {
  for (;;) {
    const answer = await fetch(url, { method: 'POST', body: photo, headers: { 'content-type': 'image/jpeg' } })
    const text = await answer.text()
    if (answer.status === 202) return
    assert.equal(answer.status, 503, text)
    await sleep(1000 * Number(answer.headers.get('retry-after')))
  }
}

/** Resolves when all photos are final; rejects when none became so for two minutes. */
async function allFinal(database: Database): Promise<void> {
  let before = -1
  for (let since = performance.now(); ; await sleep(500)) {
    const [row] = await database.rows<{ photos: string }>(
      'SELECT COUNT(*) AS photos FROM images WHERE due_at IS NULL AND outcome IS NOT NULL',
    )
    const final = Number(row?.photos)
    if (final === PHOTOS) return
    if (final > before) since = performance.now()
    before = final
    if (performance.now() - since > PROGRESS_WITHIN_MS) throw new Error(`${final} of ${PHOTOS} photos are final.`)
  }
}
