import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeImageId } from '@livepods/images'
import { Publisher } from '@livepods/queue'
import { TcpProxy } from '@livepods/testing'
import { answerOf, facesServer } from './support/faces-server.ts'
import { metric, running, SHORT_LEASE, soon, statusOf } from './support/running.ts'

type Part = Awaited<ReturnType<typeof running>>

const runs = (ops: string) => metric(ops, 'livepods_redispatch_runs_total')

const add = (part: Part, count: number, name = '') =>
  Promise.all(Array.from({ length: count }, (_, i) => part.add(`${name}${i}.jpg`)))

/** Resolves when all are final, each at its first attempt unless `attempts` says otherwise. */
async function allDone(part: Part, count: number, { attempts = 1 } = {}): Promise<void> {
  await soon(async () => {
    const rows = await part.database.rows('SELECT id FROM images WHERE status = 1 AND attempts <= ?', [attempts])
    assert.equal(rows.length, count)
  })
}

test('a broker that forgot everything gets it again at once, also what would have come up in minutes only', async (context) => {
  await using part = await running()
  const release = Promise.withResolvers<void>()
  let asked = 0
  await using server = await facesServer(async () => {
    asked += 1
    await release.promise
    return answerOf('hannibal')
  })
  const service = await part.start(server.address, { CONCURRENCY: '2' })
  await service.ready()
  const ids = await add(part, 40)
  await soon(() => assert((part.channel()?.message_count ?? 0) >= 40))
  await soon(() => assert.equal(asked, 2))
  // An old backlog: each was published, and would be again after as long as it has waited.
  await part.database.change(
    `UPDATE images SET due_at = UTC_TIMESTAMP(3) - INTERVAL 10 MINUTE, wake_at = UTC_TIMESTAMP(3) + INTERVAL 10 MINUTE
     WHERE status = 0`,
  )
  part.broker.faults.kill()
  release.resolve()
  const begun = performance.now()
  await allDone(part, ids.length)
  context.diagnostic(`all done ${Math.round(performance.now() - begun)} ms after the broker's end`)
  assert.equal(asked, ids.length)
})

test('a queue that is away for minutes costs seconds: what was accepted meanwhile is done soon after its return', async (context) => {
  await using part = await running()
  await using server = await facesServer(async () => answerOf('hannibal'))
  const service = await part.start(server.address)
  await service.ready()
  part.broker.faults.stall = true
  const ids = await add(part, 10)
  await service.said(/redispatch failed/)
  // Ten minutes pass.
  for (let step = 0; step < 3; step++) {
    await part.database.change(
      'UPDATE images SET due_at = due_at - INTERVAL 200 SECOND, wake_at = wake_at - INTERVAL 200 SECOND WHERE wake_at IS NOT NULL',
    )
    // It looks again meanwhile.
    const before = await runs(service.ops)
    await soon(async () => assert((await runs(service.ops)) > before))
  }
  part.broker.faults.stall = false
  const begun = performance.now()
  await allDone(part, ids.length)
  context.diagnostic(`all done ${Math.round(performance.now() - begun)} ms after the queue's return`)
})

test('a database that swallows everything delays photos and fails none; each is asked for once', async (context) => {
  await using part = await running()
  await using proxy = await TcpProxy.open(part.options)
  let asked = 0
  await using server = await facesServer(async () => {
    asked += 1
    return answerOf('hannibal')
  })
  const service = await part.start(server.address, { ...SHORT_LEASE, MYSQL_PORT: String(proxy.port) })
  await service.ready()
  await add(part, 5, 'before')
  await allDone(part, 5)
  proxy.swallows = true
  const ids = await add(part, 10)
  await using publisher = new Publisher({ address: `http://${part.broker.httpAddress}` })
  await publisher.publishMany('images', ids.map(encodeImageId))
  await service.said(/message requeued/)
  await soon(async () => assert.equal((await fetch(`${service.ops}/readyz`)).status, 503))
  proxy.swallows = false
  const begun = performance.now()
  await allDone(part, 15)
  context.diagnostic(`all done ${Math.round(performance.now() - begun)} ms after the database's return`)
  await soon(async () => assert.equal((await fetch(`${service.ops}/readyz`)).status, 200))
  assert.equal(asked, 15)
})

test('a photo that comes alone while the face service is away waits for its return, however long that takes', async () => {
  await using part = await running()
  const gone = await facesServer(async () => answerOf('hannibal'))
  await gone[Symbol.asyncDispose]()
  const service = await part.start(gone.address)
  await service.ready()
  const id = await part.add('alone.jpg')
  await soon(async () => assert.equal((await statusOf(service.ops)).parts.breaker.state, 'open'))
  const row = await part.row(id)
  assert.equal(row.outcome, null)
  assert.match(row.last_error ?? '', /UNAVAILABLE/)
  await using _server = await facesServer(async () => answerOf('hannibal'), { port: gone.port })
  await allDone(part, 1, { attempts: 3 })
})

test('one connection to the database is enough for sixteen photos at once', async () => {
  await using part = await running()
  let asked = 0
  await using server = await facesServer(async () => {
    asked += 1
    return answerOf('hannibal')
  })
  const service = await part.start(server.address, { CONCURRENCY: '16', MYSQL_CONNECTIONS: '1' })
  await service.ready()
  await add(part, 100)
  await allDone(part, 100)
  assert.equal(asked, 100)
})

test('a process that is replaced under load hands over: every photo is asked for once, none times out', async () => {
  await using part = await running()
  let asked = 0
  await using server = await facesServer(async () => {
    asked += 1
    await new Promise((resolve) => setTimeout(resolve, 20))
    return answerOf('hannibal')
  })
  const old = await part.start(server.address)
  await old.ready()
  const ids = await add(part, 150)
  await soon(() => assert(asked > 20))
  const young = await part.start(server.address)
  await young.ready()
  assert.equal(await old.stop(), 0)
  await allDone(part, ids.length)
  assert.equal(asked, ids.length)
  assert.equal(part.channel()?.timeout_count, 0)
})
