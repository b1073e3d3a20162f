import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { test } from 'node:test'
import type { Broker } from '@livepods/nsq'
import { Publisher } from '@livepods/queue'
import { spawnService } from '@livepods/testing'
import { answerOf, facesServer } from './support/faces-server.ts'
import { metric, publishRaw, running, SHORT_LEASE, soon, startHere, statusOf } from './support/running.ts'

const NOWHERE = '127.0.0.1:1'
/** Without its topic no consumer connects. */
const createTopic = ({ httpAddress }: Broker) =>
  fetch(`http://${httpAddress}/topic/create?topic=images`, { method: 'POST' })
/** Redispatches only when something tells it to. */
const NO_REDISPATCH = { SWEEP_EVERY_SECONDS: '3600' }

test("a kube-cluster-sample receiver's row and its 8 bytes over TCP become a person; SIGTERM ends the process with 0", async () => {
  await using part = await running()
  await using server = await facesServer(async () => answerOf('hannibal'))
  const service = await part.start(server.address, { SWEEP_EVERY_SECONDS: '3600' })
  await service.ready()
  const id = await part.add('/unknown_people/x.jpg')
  assert.equal(id, '1')
  await publishRaw(part.broker.tcpAddress, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]))
  await soon(async () => assert.equal((await part.row(id)).status, 1))
  const row = await part.row(id)
  const [person] = await part.database.rows<{ id: number; name: string }>('SELECT id, name FROM person')
  assert.deepEqual([row.person, row.outcome, row.attempts, person?.name], [person?.id, 'IDENTIFIED', 1, 'hannibal'])
  assert.equal(await metric(service.ops, 'livepods_images_completed_total{outcome="IDENTIFIED"}'), 1)
  assert.equal(await service.stop(), 0)
  assert.equal(part.channel()?.in_flight_count, 0)
})

test('a row that no message announced is processed all the same', async () => {
  await using part = await running()
  await using server = await facesServer(async () => answerOf('hannibal'))
  const id = await part.add('x.jpg')
  const service = await part.start(server.address)
  await soon(async () => assert.equal((await part.row(id)).status, 1))
  await service.said(/"requestId"/)
})

test('poison messages of 0, 4 and 9 bytes are finished, and everything else goes on', async () => {
  await using part = await running()
  await using server = await facesServer(async () => answerOf('hannibal'))
  const service = await part.start(server.address, { SWEEP_EVERY_SECONDS: '3600' })
  await service.ready()
  const id = await part.add('x.jpg')
  const [four, nine, good] = [
    Buffer.from('four'),
    Buffer.from('nine bytes'.slice(0, 9)),
    Buffer.from('0100000000000000', 'hex'),
  ]
  await publishRaw(part.broker.tcpAddress, four, nine, good)
  await publishRaw(part.broker.tcpAddress, Buffer.alloc(0))
  await soon(async () => assert.equal((await part.row(id)).status, 1))
  await soon(() => assert.deepEqual([part.channel()?.depth, part.channel()?.in_flight_count], [0, 0]))
  assert.equal(await metric(service.ops, 'livepods_image_messages_unreadable_total'), 2)
})

test('kill -9 in the middle of a photo: the next process completes it, once', async () => {
  await using part = await running()
  const reached = Promise.withResolvers<void>()
  let asked = 0
  await using server = await facesServer(async () => {
    if (++asked > 1) return answerOf('hannibal')
    reached.resolve()
    return new Promise(() => {})
  })
  const id = await part.add('x.jpg')
  const first = await part.start(server.address, SHORT_LEASE)
  await reached.promise
  assert.equal(await first.stop('SIGKILL'), 'SIGKILL')
  assert.equal((await part.row(id)).status, 3)
  await part.start(server.address)
  await soon(async () => assert.equal((await part.row(id)).status, 1))
  assert.deepEqual([(await part.row(id)).attempts, asked], [2, 2])
  assert.equal((await part.database.rows('SELECT id FROM faces')).length, 1)
})

test('SIGTERM finishes what is under way and redelivers nothing', async () => {
  await using part = await running()
  const release = Promise.withResolvers<void>()
  let asked = 0
  await using server = await facesServer(async () => {
    asked += 1
    await release.promise
    return answerOf('hannibal')
  })
  const service = await part.start(server.address, { CONCURRENCY: '3', SWEEP_EVERY_SECONDS: '3600' })
  await service.ready()
  await using publisher = new Publisher({ address: `http://${part.broker.httpAddress}` })
  const ids = await Promise.all([1, 2, 3, 4, 5, 6].map((i) => part.add(`${i}.jpg`)))
  await publisher.publishMany(
    'images',
    ids.map((id) => Buffer.from([Number(id), 0, 0, 0, 0, 0, 0, 0])),
  )
  await soon(() => assert.equal(asked, 3))
  const stopped = service.stop()
  await service.said(/"stopping"/)
  release.resolve()
  assert.equal(await stopped, 0)
  const rows = await Promise.all(ids.map((id) => part.row(id)))
  assert.equal(rows.filter(({ status }) => status === 1).length, 3)
  assert.equal(rows.filter(({ status, attempts }) => status === 0 && attempts === 0).length, 3)
  assert.deepEqual([asked, part.channel()?.timeout_count], [3, 0])
})

test('a face service that is away opens the breaker, fails no photo, and everything is processed when it is back', async () => {
  await using part = await running()
  const port = await (async () => {
    await using server = await facesServer(async () => answerOf('x'))
    return server.port
  })()
  const service = await part.start(`127.0.0.1:${port}`)
  await service.ready()
  const ids = await Promise.all(Array.from({ length: 30 }, (_, i) => part.add(`${i}.jpg`)))
  await soon(async () => assert.equal((await statusOf(service.ops)).parts.breaker.state, 'open'))
  assert.equal(await metric(service.ops, 'livepods_breaker_state{breaker="face-recognition"}'), 1)
  assert.equal((await statusOf(service.ops)).parts.queue.state, 'paused')
  const during = await Promise.all(ids.map((id) => part.row(id)))
  assert(during.every(({ status }) => status === 0 || status === 3))
  assert(during.filter(({ attempts }) => attempts === 0).length >= 20)

  await using server = await facesServer(async () => answerOf('hannibal'), { port })
  await soon(async () => {
    const rows = await Promise.all(ids.map((id) => part.row(id)))
    assert(rows.every(({ status }) => status === 1))
  })
  const { breaker, queue } = (await statusOf(service.ops)).parts
  assert.deepEqual([breaker.state, queue.state], ['closed', 'consuming'])
  assert.equal(breaker.history.at(-1)?.to, 'closed')
  assert.equal(await server.server[Symbol.asyncDispose](), undefined)
})

test('the history of the breaker survives a restart, and keeps its newest twenty', async () => {
  await using part = await running()
  const older = Array.from({ length: 25 }, (_, day) => [
    'face-recognition',
    new Date(Date.UTC(2026, 0, day + 1)),
    'open',
    'x',
  ])
  await part.database.change('INSERT INTO breaker_transitions (breaker, at, state, reason) VALUES ?', [older])
  const more = { BREAKER_FAILURES: '1', PING_BASE_SECONDS: '60' }
  const killed = await part.start(NOWHERE, more)
  await killed.ready()
  await part.add('x.jpg')
  const rows = () =>
    part.database.rows<{ at: Date; reason: string; process: string }>(
      'SELECT at, reason, process FROM breaker_transitions ORDER BY at',
    )
  await soon(async () => assert.equal((await rows()).length, 20))
  const last = (await rows()).at(-1)
  assert.match(last?.reason ?? '', /UNAVAILABLE|ECONNREFUSED|connect/i)
  assert.equal(last?.process, `${hostname().slice(0, 48)}.${killed.process.pid}`)
  await killed.stop('SIGKILL')
  const service = await part.start(NOWHERE, { ...more, SWEEP_EVERY_SECONDS: '60' })
  await service.ready()
  // The photo may come to it, too, and open its breaker.
  await soon(async () => {
    const { history } = (await statusOf(service.ops)).parts.breaker
    assert.deepEqual(
      history.map(({ at, to, reason, process }) => [at, to, reason, process]),
      (await rows()).map(({ at, reason, process }) => [at.toISOString(), 'open', reason, process]),
    )
    assert.ok(history.some(({ at }) => at === last?.at.toISOString()))
  })
})

test('what no message announced is published as soon as the queue is there, not with the next run of the redispatcher', async () => {
  await using part = await running()
  await using server = await facesServer(async () => answerOf('hannibal'))
  await createTopic(part.broker)
  const id = await part.add('x.jpg')
  await using _processor = await startHere(part, part.broker, { GRPC_ADDRESS: server.address, ...NO_REDISPATCH })
  await soon(async () => assert.equal((await part.row(id)).outcome, 'IDENTIFIED'))
})

test('what is due is published as soon as the breaker closes, not with the next run of the redispatcher', async () => {
  await using part = await running()
  const away = await facesServer(async () => answerOf('nobody'))
  const { port, address } = away
  await away[Symbol.asyncDispose]()
  await createTopic(part.broker)
  const id = await part.add('x.jpg')
  const more = { GRPC_ADDRESS: address, BREAKER_FAILURES: '1', ...NO_REDISPATCH }
  await using _processor = await startHere(part, part.broker, more)
  await soon(async () => {
    const { last_error: fault, due } = await part.row(id)
    assert(fault !== null && Number(due) <= 0)
  })
  await using _back = await facesServer(async () => answerOf('hannibal'), { port })
  await soon(async () => assert.equal((await part.row(id)).outcome, 'IDENTIFIED'))
})

test('it is ready without a face service and says how much is waiting', async () => {
  await using part = await running()
  const service = await part.start(NOWHERE)
  await service.ready()
  await soon(async () => {
    const { queue } = (await statusOf(service.ops)).parts
    assert.deepEqual([queue.state, queue.depth, queue.pending], ['consuming', 0, { images: 0, oldestSeconds: 0 }])
  })
  assert.equal(await metric(service.ops, 'livepods_oldest_pending_age_seconds'), 0)
  const [line] = await service.said(/.*re-match waits for face-recognition.*/)
  assert.doesNotMatch(line, /stack/, 'an expected wait is one line')
})

test('it waits for a database that is not there, and SIGTERM ends that too', async () => {
  await using part = await running()
  const service = await part.start(NOWHERE, { MYSQL_PORT: '1' })
  await service.said(/dependency not reachable/)
  assert.equal((await fetch(`${service.ops}/readyz`)).status, 503)
  assert.equal(await service.stop(), 0)
})

test('a bad environment ends it with 78 and the names of what is wrong', async () => {
  const service = await spawnService(new URL('../src/main.ts', import.meta.url), { MYSQL_CONNECTION: 'mysql' })
  assert.equal(await service.exited, 78)
  assert.match(service.output(), /MYSQL_USERPASSWORD is missing.*GRPC_ADDRESS is missing/s)
})
