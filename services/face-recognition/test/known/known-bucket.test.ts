import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { openBucket, type S3Bucket, StoreUnavailableError } from '@livepods/images'
import { createLog } from '@livepods/service'
import { eventually, FaultyProxy, S3_TEST_SERVER, S3Server, TcpProxy } from '@livepods/testing'
import { KnownBucket } from '../../src/known/known-bucket.ts'
import { ChangeImpossibleError } from '../../src/known/known-change-error.ts'
import { KnownChanges } from '../../src/known/known-changes.ts'
import { REASONS } from '../../src/known/known-files.ts'
import { KnownPeople } from '../../src/known/known-people.ts'
import { deletedName } from '../../src/known/known-store.ts'
import { KnownStoreAwayError } from '../../src/known/known-store-away.ts'
import { watchKnownPeople } from '../../src/known/known-watch.ts'
import { cutAtEachStep, picturesOf } from '../support/cut-at-each-step.ts'
import { descriptorAt } from '../support/descriptors.ts'
import { namesIn } from '../support/galleries.ts'
import { picture } from '../support/served.ts'

if (!S3_TEST_SERVER) console.log('Known people in S3 are not tested here: S3_TEST_SERVER names no versitygw.')
else tests(await S3Server.start(S3_TEST_SERVER))

function tests(server: S3Server): void {
  after(() => server[Symbol.asyncDispose]())
  const folders = { UNKNOWN_PEOPLE: '/nowhere', KNOWN_PEOPLE: '/nowhere' }
  let places = 0
  const log = createLog('test', 'silent')
  const never = new AbortController().signal

  const bucketAt = async (environment: Record<string, string>) =>
    (await openBucket({ ...folders, ...environment })) as S3Bucket
  /** A prefix of its own. */
  async function open({ port = server.port } = {}) {
    const environment = server.environment(`known-${places++}`, { port })
    const bucket = await bucketAt(environment)
    const store = new KnownBucket(bucket, { maxBytes: 1000 })
    const put = async (name: string, text: string) => {
      const bytes = Buffer.from(text)
      const object = { body: () => bytes, length: bytes.length, sha256: hash('sha256', bytes) }
      await bucket.put(`known_people/${name}`, object)
    }
    const keys = async () => {
      const keys: string[] = []
      for await (const { key } of bucket.list('')) keys.push(key)
      return keys
    }
    return {
      root: '',
      environment,
      store,
      bucket,
      put,
      keys,
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    }
  }
  /** Known people of such a place: one face on every picture. */
  function known({ store }: { store: KnownBucket }) {
    const face = { box: { x: 0, y: 0, width: 1, height: 1 }, score: 1, quality: 1, descriptor: descriptorAt(0) }
    const recogniser = { engine: 'fake', describe: async () => ({ width: 1, height: 1, faces: [face] }) }
    return new KnownPeople({ store, recogniser, maxBytes: 1000, concurrency: 2, log })
  }

  describe('known people in S3', () => {
    test('killed at any step, an image is there whole or not at all, and adding it again makes it so', async () => {
      const [before, after] = [{ 'bob/y.jpg': 'bob' }, { 'anna/x.jpg': 'a picture', 'bob/y.jpg': 'bob' }]
      const steps = await cutAtEachStep(open, { put: ['anna/x.jpg', 'a picture'] }, { before, after })
      assert.equal(steps, 1)
    })

    test('killed at any step, a removed image is there or gone', async () => {
      const [before, after] = [{ 'anna/x.jpg': 'a', 'bob/y.jpg': 'b' }, { 'bob/y.jpg': 'b' }]
      assert.equal(await cutAtEachStep(open, { remove: ['anna/x.jpg'] }, { before, after }), 2)
    })

    test('killed at any step, a moved image belongs to one person, never to two or none', async () => {
      const [before, after] = [{ 'anna/x.jpg': 'a' }, { 'bob/x.jpg': 'a' }]
      assert.equal(await cutAtEachStep(open, { move: ['anna/x.jpg', 'bob/x.jpg'] }, { before, after }), 5)
    })

    test('killed at any step, an image of a deleted person is there or set aside; it comes back, and is purged', async () => {
      const [known, deleted] = ['anna/x.jpg', deletedName('anna-1', 'anna/x.jpg')]
      const [there, gone] = [{ [known]: 'a' }, {}]
      await cutAtEachStep(open, { move: [known, deleted] }, { before: there, after: gone })
      await cutAtEachStep(open, { move: [deleted, known] }, { before: gone, after: there, put: { [deleted]: 'a' } })
      await using opened = await open()
      const { store } = opened
      for (const name of [deleted, deletedName('anna-10', 'b.jpg'), 'bob/y.jpg']) await opened.put(name, 'x')
      assert.deepEqual(await store.deleted('anna-1'), ['anna/x.jpg'])
      await store.purge('anna-1')
      await store.clean()
      assert.deepEqual(await opened.keys(), ['known_people/.deleted/anna-10/b.jpg', 'known_people/bob/y.jpg'])
    })

    test('people who were deleted an hour ago and not purged go when the service starts', async (t) => {
      await using opened = await open()
      await opened.put(deletedName('anna-1', 'anna/x.jpg'), 'a')
      const now = Date.now()
      t.mock.method(Date, 'now', () => now + 3_700_000)
      await opened.store.clean()
      assert.deepEqual(await opened.keys(), [])
    })

    test('a name that is taken stays what it is, and nothing is left of a move', async () => {
      await using opened = await open()
      const { store, put } = opened
      await put('anna/x.jpg', 'old')
      await put('bob/x.jpg', 'bob')
      assert.equal(await store.put('anna/x.jpg', Buffer.from('new')), false)
      assert.equal(await store.move('bob/x.jpg', 'anna/x.jpg'), false)
      assert.equal(await store.move('bob/x.jpg', 'carl/x.jpg'), true)
      await assert.rejects(store.move('bob/x.jpg', 'carl/y.jpg'), ChangeImpossibleError)
      assert.deepEqual(await opened.keys(), ['known_people/anna/x.jpg', 'known_people/carl/x.jpg'])
      assert.equal(await store.remove('bob/x.jpg'), false)
    })

    test('a move whose PUT was answered to nobody is done, once, and nothing is left of it', async () => {
      await using proxy = await FaultyProxy.open(server.port)
      await using opened = await open(proxy)
      await opened.put('anna/x.jpg', 'x')
      let isLost = false
      proxy.fault = ({ method, url = '', socket }, response) => {
        if (isLost || method !== 'PUT' || !url.includes('bob')) return false
        isLost = true
        response.writeHead = () => {
          socket.resetAndDestroy()
          return response
        }
        return false
      }
      assert.equal(await opened.store.move('anna/x.jpg', 'bob/x.jpg'), true)
      assert.equal(isLost, true)
      assert.deepEqual(await opened.keys(), ['known_people/bob/x.jpg'])
    })

    test('a service that overlooks conditions loses no picture of a name that is taken', async () => {
      await using proxy = await FaultyProxy.open(server.port)
      await using opened = await open(proxy)
      await opened.put('anna/x.jpg', 'old')
      await opened.put('bob/x.jpg', 'bob')
      // The header is signed, so that it cannot be taken away: what would be sent is looked at instead.
      proxy.requests.length = 0
      assert.equal(await opened.store.put('anna/x.jpg', Buffer.from('new')), false)
      assert.equal(await opened.store.move('bob/x.jpg', 'anna/x.jpg'), false)
      assert.ok(!proxy.requests.some((request) => request.startsWith('PUT') && request.includes('anna')))
    })

    test('a page in place of the list takes nobody away', async () => {
      await using proxy = await FaultyProxy.open(server.port)
      await using opened = await open(proxy)
      await opened.put('anna/x.jpg', 'x')
      const people = known(opened)
      await people.load(never)
      for (const [type, text] of [
        ['text/html', '<html><body>Please sign in.</body></html>'],
        ['application/xml', '<portal><sign>in</sign></portal>'],
      ]) {
        proxy.answerNext(Infinity, /list-type/, (response) =>
          response.writeHead(200, { 'content-type': type }).end(text),
        )
        for (let scan = 0; scan < 3; scan++) await assert.rejects(people.scan(never), StoreUnavailableError)
        assert.deepEqual(namesIn(people.gallery), ['anna/x.jpg'])
      }
    })

    test('a visit sees pictures, and neither what is hidden nor what no name can say', async () => {
      await using opened = await open()
      for (const name of ['anna_1.jpg', 'anna/x.PNG', '.hidden/x.jpg', '@eaDir/x.jpg', 'anna/.x.jpg', 'anna/notes.txt'])
        await opened.put(name, name)
      assert.deepEqual(Object.keys(await picturesOf(opened.store)), ['anna/x.PNG', 'anna_1.jpg'])
    })

    test('what may be meant as a known image and is passed over is told, a folder of the system once a name', async () => {
      await using opened = await open()
      const names = [
        '@eaDir/x.jpg',
        '@eaDir/y.jpg',
        'anna/@eaDir/x.jpg',
        'anna/x.heic',
        '.hidden/x.heic',
        'anna/notes.txt',
      ]
      for (const name of names) await opened.put(name, name)
      const told: string[] = []
      await opened.store.visit(
        () => {},
        () => {},
        ({ name, reason }) => told.push(`${name}: ${reason}`),
      )
      assert.deepEqual(told, [`@eaDir: ${REASONS.system}`, `anna/x.heic: ${REASONS.notRead}`])
    })

    test('what others put and remove is seen by polling', async () => {
      await using opened = await open()
      const people = known(opened)
      await people.load(never)
      await using _ = await watchKnownPeople({ known: people, hints: opened.store.hints(), everyMs: 5, log })
      const namesAre = (names: string[]) => eventually(() => assert.deepEqual([...namesIn(people.gallery)], names))
      await opened.put('anna/x.jpg', 'x')
      await namesAre(['anna/x.jpg'])
      const { hash: first } = people.gallery
      await opened.put('anna/x.jpg', 'another')
      await eventually(() => assert.notEqual(people.gallery.hash, first))
      await opened.put('bob/y.jpg', 'y')
      await namesAre(['anna/x.jpg', 'bob/y.jpg'])
      await opened.store.remove('anna/x.jpg')
      await namesAre(['bob/y.jpg'])
    })

    test('an image is added, moved and removed, and a repetition of each has the same end', async () => {
      await using opened = await open()
      const people = known(opened)
      await people.load(never)
      const recogniser = { describe: async () => ({ width: 1, height: 1, faces: [] }), forget: () => {} }
      const changes = new KnownChanges({ ...opened, maxBytes: 1000, known: people, recogniser: recogniser as never })
      const photo = { content: picture('1'), person: 'anna', name: 'x.jpg' }
      const added = [await changes.add(photo, never), await changes.add(photo, never)]
      assert.deepEqual(
        added.map(({ entry, changed }) => [entry.name, changed]),
        [
          ['anna/x.jpg', true],
          ['anna/x.jpg', false],
        ],
      )
      const move = { imageName: 'anna/x.jpg', person: 'bob', content: hash('sha256', photo.content) }
      for (let time = 0; time < 2; time++) assert.equal((await changes.move(move)).entry.name, 'bob/x.jpg')
      assert.deepEqual(namesIn(people.gallery), ['bob/x.jpg'])
      const remove = () => changes.remove({ imageName: 'bob/x.jpg', content: '' })
      assert.deepEqual([await remove(), await remove()], [true, false])
      assert.deepEqual([namesIn(people.gallery), await opened.keys()], [[], []])
    })

    test('a bucket that was emptied, or another prefix, is a loss that is held until it is confirmed', async () => {
      await using opened = await open()
      await opened.put('anna/x.jpg', 'x')
      await opened.put('bob/y.jpg', 'y')
      const people = known(opened)
      await people.load(never)
      for (const key of await opened.keys()) await opened.bucket.remove(key)
      for (let scan = 0; scan < 4; scan++) await people.scan(never)
      assert.deepEqual(namesIn(people.gallery), ['anna/x.jpg', 'bob/y.jpg'])
      const { state, vanished, loss } = people.state.report()
      assert.deepEqual([state, vanished], ['KNOWN_STORE_STATE_HELD', 2])
      assert.equal(await people.confirmGone(loss), true)
      assert.deepEqual([namesIn(people.gallery), people.state.report().state], [[], 'KNOWN_STORE_STATE_PRESENT'])
    })

    test('a bucket that is no more is away, and empties nothing', async () => {
      await using opened = await open()
      await opened.put('anna/x.jpg', 'x')
      const people = known(opened)
      await people.load(never)
      const [, , bucket = ''] = opened.environment.IMAGE_STORE?.split('/') ?? []
      const IMAGE_STORE = opened.environment.IMAGE_STORE?.replace(bucket, 'nobodys-bucket') ?? ''
      const gone = new KnownBucket(await bucketAt({ ...opened.environment, IMAGE_STORE }), { maxBytes: 1000 })
      await assert.rejects(
        gone.visit(() => {}),
        { constructor: KnownStoreAwayError, message: /no bucket "nobodys-bucket"/ },
      )
      await gone[Symbol.asyncDispose]()
    })

    for (const [title, status, body] of [
      ['a page of HTML', 200, '<html><body>Welcome</body></html>'],
      ['a page of HTML that says 404', 404, '<html><body>Not found</body></html>'],
      ['403', 403, '<Error><Code>AccessDenied</Code></Error>'],
      ['301', 301, '<Error><Code>PermanentRedirect</Code></Error>'],
      ['503', 503, ''],
    ] as const) {
      test(`a listing that is answered with ${title} empties nothing`, async () => {
        const answers = createServer((request, response) => {
          request.resume()
          response.writeHead(status, { 'content-type': body.startsWith('<html') ? 'text/html' : 'application/xml' })
          response.end(body)
        }).listen(0, '127.0.0.1')
        await once(answers, 'listening')
        const { port } = answers.address() as AddressInfo
        await using opened = await open({ port })
        await assert.rejects(
          opened.store.visit(() => {}),
          KnownStoreAwayError,
        )
        answers.close()
      })
    }

    test('while the store is away what was known serves, a change says so, and a start waits for it', async () => {
      await using proxy = await TcpProxy.open({ host: '127.0.0.1', port: server.port })
      await using opened = await open({ port: proxy.port })
      await opened.put('anna/x.jpg', 'x')
      const people = known(opened)
      await people.load(never)
      await proxy.close()
      await assert.rejects(people.scan(never), KnownStoreAwayError)
      assert.deepEqual(namesIn(people.gallery), ['anna/x.jpg'])
      assert.equal(people.state.report().state, 'KNOWN_STORE_STATE_AWAY')
      await assert.rejects(opened.store.put('anna/y.jpg', Buffer.from('y')), StoreUnavailableError)
      const second = known(opened)
      const loading = second.load(never)
      await proxy.reopen()
      await loading
      assert.deepEqual(namesIn(second.gallery), ['anna/x.jpg'])
    })
  })
}
