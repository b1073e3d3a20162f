import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Broker } from '@livepods/nsq'
import { Database } from '@livepods/sql'
import { eventually, freshDatabase, TcpProxy } from '@livepods/testing'
import { SubmissionStore } from '../src/submission-store.ts'
import { Submissions } from '../src/submissions.ts'
import { imageFiles } from './support/build.ts'
import { post, start, urlOf } from './support/running.ts'

const fresh = await freshDatabase()
after(() => fresh[Symbol.asyncDispose]())

test('a database that never answers is 503 with Retry-After within 10 s, for many requests too; when it answers, so does the receiver', async (context) => {
  await using broker = await Broker.start()
  await using proxy = await TcpProxy.open(fresh.options)
  await using service = await start(fresh, broker, { MYSQL_PORT: String(proxy.port) })
  await service.ready()
  const url = await urlOf(service)
  assert.equal((await post(url, 'swallowed.jpg')).status, 202)
  proxy.swallows = true
  const begun = performance.now()
  const crowd = await Promise.all(Array.from({ length: 50 }, (_, i) => post(url, `swallowed-${i}.jpg`)))
  context.diagnostic(`50 posts refused within ${Math.round(performance.now() - begun)} ms`)
  for (const { status, headers } of crowd) {
    assert.equal(status, 503)
    assert.ok(headers.get('retry-after'))
  }
  assert.equal((await fetch(`${service.ops}/livez`)).status, 200)
  assert.equal((await fetch(`${service.ops}/readyz`)).status, 503)
  proxy.swallows = false
  const back = performance.now()
  await eventually(async () => assert.equal((await post(url, 'swallowed-0.jpg')).status, 202))
  context.diagnostic(`accepted ${Math.round(performance.now() - back)} ms after its return`)
  await eventually(async () => assert.equal((await fetch(`${service.ops}/readyz`)).status, 200))
})

test('when every reply of the database is lost the client is told to retry, and then gets the id of the one row that there is', async () => {
  await using proxy = await TcpProxy.open(fresh.options)
  await using database = new Database({ ...fresh.options, host: '127.0.0.1', port: proxy.port })
  const store = new SubmissionStore(database)
  let inserts = 0
  const unlucky = {
    accept: (...args: Parameters<typeof store.accept>) => {
      if (++inserts <= 3) proxy.loseNextAnswerTo('INSERT INTO images')
      return store.accept(...args)
    },
  }
  const notified: string[] = []
  const notifier = { notify: async (ids: string[]) => void notified.push(...ids) }
  const submissions = new Submissions({ store: unlucky, notifier, imageFiles })
  await assert.rejects(submissions.submit('unlucky.jpg', {}), { name: 'DatabaseUnavailableError', indeterminate: true })
  assert.equal(inserts, 3)
  const receipt = await submissions.submit('unlucky.jpg', {})
  const rows = await fresh.database.rows<{ id: string; redispatched: unknown }>(
    "SELECT id, wake_at IS NOT NULL AS redispatched FROM images WHERE path = 'unlucky.jpg'",
  )
  // Nobody published it: it is redispatched.
  assert.deepEqual(
    rows.map(({ id, redispatched }) => [id, Number(redispatched)]),
    [[receipt.id, 1]],
  )
  assert.deepEqual([receipt.isNew, notified], [false, []])
})
