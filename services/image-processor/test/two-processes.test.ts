import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeImageId } from '@livepods/images'
import { Publisher } from '@livepods/queue'
import { suspend } from '@livepods/system'
import { answerOf, facesServer } from './support/faces-server.ts'
import { metric, running, SHORT_LEASE, soon } from './support/running.ts'

test('two processes and every message doubled: each photo is asked for once', async () => {
  await using part = await running()
  let asked = 0
  await using server = await facesServer(async () => {
    asked += 1
    return answerOf('hannibal')
  })
  const services = await Promise.all([part.start(server.address), part.start(server.address)])
  await Promise.all(services.map((service) => service.ready()))
  part.broker.faults.duplicate = true
  await using publisher = new Publisher({ address: `http://${part.broker.httpAddress}` })
  const ids = await Promise.all(Array.from({ length: 60 }, (_, i) => part.add(`${i}.jpg`)))
  await publisher.publishMany('images', ids.map(encodeImageId))
  await soon(async () => {
    const rows = await part.database.rows('SELECT id FROM images WHERE status = 1 AND attempts = 1')
    assert.equal(rows.length, 60)
  })
  assert.equal(asked, 60)
  const completed = 'livepods_images_completed_total{outcome="IDENTIFIED"}'
  // The last row is there before the process that wrote it has counted it.
  await soon(async () => {
    const [one = 0, other = 0] = await Promise.all(services.map(({ ops }) => metric(ops, completed)))
    assert.equal((one || 0) + (other || 0), 60)
  })
})

test('a process that sleeps past its lease wakes up to a photo that another has finished, and drops its result', async () => {
  const reached = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  let asked = 0
  await using server = await facesServer(async () => {
    if (++asked > 1) return answerOf('hannibal')
    reached.resolve()
    await answered.promise
    return answerOf('too-late')
  })
  // Closed last: a gRPC server waits for a peer that sleeps.
  await using part = await running()
  const id = await part.add('x.jpg')
  const sleeper = await part.start(server.address, SHORT_LEASE)
  await reached.promise
  await suspend(sleeper.process)
  answered.resolve()
  // Else the broker would give the sleeper the message, until it misses its heartbeats.
  part.broker.faults.kill()
  await part.start(server.address)
  await soon(async () => assert.equal((await part.row(id)).status, 1))
  sleeper.process.kill('SIGCONT')
  await sleeper.said(/result dropped/)
  const people = await part.database.rows<{ name: string }>('SELECT name FROM person')
  assert.deepEqual(people, [{ name: 'hannibal' }])
  assert.equal((await part.row(id)).attempts, 2)
  assert.equal(await sleeper.stop(), 0)
})
