import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Broker } from '@livepods/nsq'
import { eventually } from '@livepods/testing'
import { consuming, fakeLookup, producer } from './support/consuming.ts'

const DEAD = producer('127.0.0.1:1', '127.0.0.1:2')

test('a restarted broker is found again', async () => {
  await using part = await consuming()
  const handled: string[] = []
  const consumer = part.consume(async (body) => void handled.push(body.toString()))
  const closed = once(consumer, 'closed')
  await part.publish('before')
  await eventually(() => assert.deepEqual(handled, ['before']))
  part.broker.faults.kill()
  await closed
  await part.publish('after')
  await eventually(() => assert.deepEqual(handled, ['before', 'after']))
})

test('a broker that goes away while a message is handled does not harm', async () => {
  await using part = await consuming()
  const release = Promise.withResolvers<void>()
  let handled = 0
  await part.publish('x')
  const consumer = part.consume(async () => {
    handled += 1
    await release.promise
  })
  const closed = once(consumer, 'closed')
  await eventually(() => assert.equal(handled, 1))
  part.broker.faults.kill()
  await closed
  release.resolve()
  await part.publish('y')
  await eventually(() => assert.equal(handled, 2))
})

test('a broker that goes away while paused is used again after resuming, and not before', async () => {
  await using part = await consuming()
  let handled = 0
  const consumer = part.consume(async () => void handled++)
  const closed = once(consumer, 'closed')
  await part.publish('x')
  await eventually(() => assert.equal(handled, 1))
  consumer.pause()
  part.broker.faults.kill()
  await closed
  await part.publish('y')
  consumer.resume()
  await eventually(() => assert.equal(handled, 2))
})

test('a dead nsqd beside a healthy one stops neither consumption, nor pause, nor stop', async () => {
  await using part = await consuming()
  const healthy = producer(part.broker.tcpAddress, part.broker.httpAddress)
  let asked = 0
  await using lookup = await fakeLookup(() => ({ producers: asked++ === 0 ? [healthy] : [DEAD, healthy] }))
  let handled = 0
  await part.publish('x')
  const consumer = part.consume(async () => void handled++, { lookup: [lookup.address] })
  await eventually(() => assert.equal(handled, 1))
  await eventually(() => assert(asked > 5))
  await part.publish('y')
  await eventually(() => assert.equal(handled, 2))
  consumer.pause()
  await eventually(() => assert.equal(part.channel()?.clients[0]?.ready_count, 0))
  assert.equal(await consumer.depth(), 0)
  await consumer.stop()
  await eventually(() => assert.equal(part.channel()?.clients.length, 0))
})

test('a hanging, a dead and a raving nsqlookupd do not hide what a healthy one says', async () => {
  await using part = await consuming()
  await using hanging = await fakeLookup(undefined)
  await using raving = await fakeLookup(() => ({
    producers: [null, 7, { tcp_port: 'x' }, { hostname: 'h', tcp_port: 99999 }],
  }))
  await using odd = await fakeLookup(() => null)
  let handled = 0
  await part.publish('x')
  part.consume(async () => void handled++, {
    lookup: [hanging.address, raving.address, odd.address, '127.0.0.1:1', part.broker.lookupHttpAddress],
  })
  await eventually(() => assert.equal(handled, 1))
})

test('two brokers are consumed at once', async () => {
  await using part = await consuming()
  await using other = await Broker.start({ host: '127.0.0.1' })
  const handled = new Set<string>()
  const lookup = [part.broker.lookupHttpAddress, other.lookupHttpAddress]
  const consumer = part.consume(async (body) => void handled.add(body.toString()), { lookup })
  await part.publish('one')
  await fetch(`http://${other.httpAddress}/pub?topic=${part.topic}`, { method: 'POST', body: 'two' })
  await eventually(() => assert.deepEqual(handled, new Set(['one', 'two'])))
  assert.equal(consumer.status.connections.length, 2)
})

test('of two nsqds at one nsqlookupd one dies: the other goes on, and the first is used again when it is back', async () => {
  await using part = await consuming()
  await using other = await Broker.start({ host: '127.0.0.1' })
  const producers = [part.broker, other].map(({ tcpAddress, httpAddress }) => producer(tcpAddress, httpAddress))
  await using lookup = await fakeLookup(() => ({ producers }))
  const handled = new Set<string>()
  const consumer = part.consume(async (body) => void handled.add(body.toString()), { lookup: [lookup.address] })
  await eventually(() => assert.equal(consumer.status.connections.length, 2))
  const port = Number(other.tcpAddress.split(':')[1])
  const httpPort = Number(other.httpAddress.split(':')[1])
  await other[Symbol.asyncDispose]()
  await part.publish('while one is away')
  await eventually(() => assert.equal(handled.size, 1))
  assert.equal(await consumer.depth(), 0)
  await using again = await Broker.start({ host: '127.0.0.1', tcpPort: port, httpPort })
  await fetch(`http://${again.httpAddress}/pub?topic=${part.topic}`, {
    method: 'POST',
    body: 'of the one that is back',
  })
  await eventually(() => assert.equal(handled.size, 2))
})

test('while every nsqlookupd is away, messages come, a restarted nsqd is found where it was, and the depth is told', async () => {
  await using part = await consuming()
  const lookup = await fakeLookup(() => ({ producers: [producer(part.broker.tcpAddress, part.broker.httpAddress)] }))
  const handled: string[] = []
  const connected: string[] = []
  const consumer = part.consume(async (body) => void handled.push(body.toString()), {
    lookup: [lookup.address],
  })
  consumer.on('connected', (address) => connected.push(address))
  await eventually(() => assert.equal(connected.length, 1))
  await lookup[Symbol.asyncDispose]()
  await part.publish('without')
  await eventually(() => assert.deepEqual(handled, ['without']))
  part.broker.faults.kill()
  await eventually(() => assert.equal(connected.length, 2))
  await part.publish('restarted')
  await eventually(() => assert.deepEqual(handled, ['without', 'restarted']))
  assert.equal(await consumer.depth(), 0)
})

test('a depth that nobody tells is an error and not 0', async () => {
  await using part = await consuming()
  const consumer = part.consume(async () => {}, { lookup: ['127.0.0.1:1'] })
  await assert.rejects(consumer.depth(), /nsqlookupd/)
})

test('a stalled broker is only late', async () => {
  await using part = await consuming()
  let handled = 0
  await part.publish('x')
  part.broker.faults.stall = true
  const consumer = part.consume(async () => void handled++)
  await eventually(() => assert.equal(consumer.status.state, 'consuming'))
  part.broker.faults.stall = false
  await eventually(() => assert.equal(handled, 1))
})

test('a broker that hangs is given up after its heartbeats, and found again when it goes on', async () => {
  await using part = await consuming()
  const handled: string[] = []
  let connected = 0
  const consumer = part.consume(async (body) => void handled.push(body.toString()), {
    heartbeatSeconds: 1,
  })
  consumer.on('connected', () => connected++)
  await part.publish('before')
  await eventually(() => assert.deepEqual(handled, ['before']))
  part.broker.faults.stall = true
  await eventually(() => assert.deepEqual(consumer.status.connections, []))
  part.broker.faults.stall = false
  await part.publish('after')
  await eventually(() => assert.equal(handled.at(-1), 'after'))
  assert(connected >= 2)
})
