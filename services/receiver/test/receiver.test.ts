import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { Broker } from '@livepods/nsq'
import { eventually, freshDatabase, spawnService, TcpProxy } from '@livepods/testing'
import { post, start, urlOf } from './support/running.ts'
import { nextMessage } from './support/subscriber.ts'

const MAIN = new URL('../src/main.ts', import.meta.url)

const fresh = await freshDatabase()
after(() => fresh[Symbol.asyncDispose]())
const { database } = fresh

test('a photo goes through the database into the queue as its id in 8 bytes, and can be read and deleted', async () => {
  await using broker = await Broker.start()
  await using service = await start(fresh, broker)
  await service.ready()
  const response = await post(await urlOf(service), '/unknown_people/through.jpg')
  assert.equal(response.status, 202)
  const { id, href } = (await response.json()) as { id: string; href: string }
  const expected = Buffer.alloc(8)
  expected.writeBigUInt64LE(BigInt(id))
  assert.deepEqual(await nextMessage(broker.tcpAddress, 'images', 'ch'), expected)
  const [row] = await database.rows('SELECT path, request_id FROM images WHERE id = ?', [id])
  assert.deepEqual({ ...(row as object) }, { path: '/unknown_people/through.jpg', request_id: 'r-1' })
  assert.equal((await fetch((await urlOf(service)) + href)).status, 200)
  assert.equal((await fetch((await urlOf(service)) + href, { method: 'DELETE' })).status, 204)
  assert.equal((await fetch((await urlOf(service)) + href)).status, 404)
  assert.equal(await service.stop(), 0)
})

test('a request that is under way at SIGTERM is answered, its id is published, and the exit code is 0', async () => {
  await using broker = await Broker.start()
  await using service = await start(fresh, broker)
  await service.ready()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const inserted = Promise.withResolvers<void>()
  // The row of an open transaction: an INSERT of the same path waits for its end.
  const holding = database.transaction(async (session) => {
    await session.change("INSERT INTO images (path) VALUES ('held.jpg')")
    inserted.resolve()
    await released
    await session.change("DELETE FROM images WHERE path = 'held.jpg'")
  })
  await inserted.promise
  const response = post(await urlOf(service), 'held.jpg')
  await eventually(async () => assert.match(await (await fetch(`${service.ops}/metrics`)).text(), /batch_size_count 1/))
  const exit = service.stop()
  await service.said(/"stopping"/)
  release()
  await holding
  assert.equal((await response).status, 202)
  assert.equal(await exit, 0)
  assert.equal(broker.stats().topics.find(({ topic_name }) => topic_name === 'images')?.message_count, 1)
})

test('without a database it is alive but not ready, says so, and becomes ready when the database comes', async () => {
  await using broker = await Broker.start()
  await using proxy = await TcpProxy.open(fresh.options)
  await proxy.close()
  await using service = await start(fresh, broker, { MYSQL_PORT: String(proxy.port) })
  await service.said(/dependency not reachable/)
  assert.equal((await fetch(`${service.ops}/livez`)).status, 200)
  assert.equal((await fetch(`${service.ops}/readyz`)).status, 503)
  await proxy.reopen()
  await service.ready()
  assert.equal((await post(await urlOf(service), 'after-start.jpg')).status, 202)
})

test('a database that goes away makes it 503 and not ready, and nothing that it accepted is lost', async () => {
  await using broker = await Broker.start()
  await using proxy = await TcpProxy.open(fresh.options)
  await using service = await start(fresh, broker, { MYSQL_PORT: String(proxy.port) })
  await service.ready()
  assert.equal((await post(await urlOf(service), 'before.jpg')).status, 202)
  await proxy.close()
  const refused = await post(await urlOf(service), 'during.jpg')
  assert.equal(refused.status, 503)
  assert.ok(refused.headers.get('retry-after'))
  assert.equal(refused.headers.get('content-type'), 'application/problem+json')
  await eventually(async () => assert.equal((await fetch(`${service.ops}/readyz`)).status, 503))
  await proxy.reopen()
  await eventually(async () => assert.equal((await fetch(`${service.ops}/readyz`)).status, 200))
  assert.equal((await post(await urlOf(service), 'during.jpg')).status, 202)
  assert.equal((await post(await urlOf(service), 'before.jpg')).status, 200)
})

test('submissions are counted by result', async () => {
  await using broker = await Broker.start()
  await using service = await start(fresh, broker)
  await service.ready()
  for (const path of ['counted.jpg', 'counted.jpg', '../counted.jpg']) await post(await urlOf(service), path)
  await eventually(async () => {
    const metrics = await (await fetch(`${service.ops}/metrics`)).text()
    for (const line of [
      'livepods_submissions_total{result="accepted"} 1',
      'livepods_submissions_total{result="duplicate"} 1',
      'livepods_submissions_refused_total{reason="path"} 1',
      'livepods_submission_batch_size_count 2',
      'livepods_notifications_total{result="published"} 1',
    ]) {
      assert.ok(metrics.includes(`${line}\n`), line)
    }
  })
})

test('without a queue it accepts, stays ready and reports it', async () => {
  const broker = await Broker.start()
  await using service = await start(fresh, broker)
  await broker[Symbol.asyncDispose]()
  await service.ready()
  assert.equal((await post(await urlOf(service), 'no-queue.jpg')).status, 202)
  await eventually(async () => {
    const status = (await (await fetch(`${service.ops}/status`)).json()) as {
      ready: boolean
      parts: { wakeUps: { failing: boolean } }
    }
    assert.equal(status.ready, true)
    assert.equal(status.parts.wakeUps.failing, true)
  })
  assert.equal(await service.stop(), 0)
})

test('a bad environment names every fault and ends with 78', async () => {
  await using service = await spawnService(MAIN, { PORT: 'many', MYSQL_USERPASSWORD: 'root:secret' })
  assert.equal(await service.exited, 78)
  for (const name of ['PORT', 'MYSQL_CONNECTION', 'PRODUCER_ADDRESS']) assert.match(service.output(), new RegExp(name))
  assert.doesNotMatch(service.output(), /secret/)
})

if (!spawnSync('curl', ['--version']).error) {
  test('kube-cluster-sample’s curl lines get kube-cluster-sample’s answers', async () => {
    await using other = await freshDatabase()
    await using broker = await Broker.start()
    await using service = await start(fresh, broker, { ...other.environment, IMAGE_ROOTS: '/home/user' })
    await service.ready()
    const curl = async (body: string, path: string) =>
      (await promisify(execFile)('curl', ['-s', '-d', body, `${await urlOf(service)}${path}`])).stdout
    const path = '{Path:/home/user/image_dump}'
    const got = `got path: ${path}\ngot paths: {Paths:[${path}]}\n`
    assert.equal(
      await curl('{"path":"/home/user/image_dump"}', '/image/post'),
      `${got}image saved with id: 1\nimage sent to nsq\n`,
    )
    assert.equal(
      await curl('{"path":"/home/user/image_dump"}', '/image/post'),
      `${got}got error while saving image: image with path '/home/user/image_dump' already exists; moving on to next...`,
    )
    const several = await curl(
      '{"paths":[{"path":"/unknown_people/1.jpg"},{"path":"/unknown_people/2.jpg"}]}',
      '/images/post',
    )
    const ids = [...several.matchAll(/id: (\d+)/g)].map(([, id]) => id)
    assert.equal(
      several,
      'got paths: {Paths:[{Path:/unknown_people/1.jpg} {Path:/unknown_people/2.jpg}]}\n' +
        `image saved with id: ${ids[0]}\nimage sent to nsq\nimage saved with id: ${ids[1]}\nimage sent to nsq\n`,
    )
  })
}
