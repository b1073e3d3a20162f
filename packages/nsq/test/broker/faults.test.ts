import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Broker } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { http, json } from '../support/http.ts'
import { RawClient, sized } from '../support/raw-client.ts'

function depth(broker: Broker, topic: string): number | undefined {
  return broker.stats().topics.find(({ topic_name }) => topic_name === topic)?.depth
}

/** Whether the promise is still open when everything that was on its way has had its turn. */
async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  return (await Promise.race([promise, delay(50, 'open')])) === 'open'
}

describe('a stalled broker', () => {
  test('accepts connections and answers nothing, then everything', async () => {
    await using broker = await Broker.start()
    using before = await RawClient.connect(broker.tcpAddress)
    broker.faults.stall = true
    using during = await RawClient.connect(broker.tcpAddress)
    const answers = [
      before.ask('PUB t\n', sized('a')),
      during.ask('PUB t\n', sized('b')),
      http(broker.httpAddress, 'GET', '/ping').then(({ text }) => text),
      http(broker.lookupHttpAddress, 'GET', '/ping').then(({ text }) => text),
    ]
    assert.ok(await isOpen(Promise.race(answers)))
    assert.equal(depth(broker, 't'), undefined)
    broker.faults.stall = false
    assert.deepEqual(await Promise.all(answers), ['OK', 'OK', 'OK', 'OK'])
    assert.equal(depth(broker, 't'), 2)
  })

  test('delivers what became due only afterwards', async () => {
    await using broker = await Broker.start()
    using client = await RawClient.connect(broker.tcpAddress)
    await client.subscribe('t', 'ch')
    await client.ask('DPUB t 300\n', sized('late'))
    broker.faults.stall = true
    await eventually('it is due', () => broker.stats().topics[0]?.channels[0]?.depth === 1)
    const message = client.message()
    assert.ok(await isOpen(message))
    broker.faults.stall = false
    assert.equal((await message).body, 'late')
  })

  test('can be closed', async () => {
    const broker = await Broker.start()
    broker.faults.stall = true
    using client = await RawClient.connect(broker.tcpAddress)
    await broker[Symbol.asyncDispose]()
    await client.whenClosed()
  })
})

test('with dropAcks a publish is stored, but there is no answer', async () => {
  await using broker = await Broker.start()
  broker.faults.dropAcks = true
  using client = await RawClient.connect(broker.tcpAddress)
  client.send('PUB t\n', sized('a'), 'DPUB t 0\n', sized('b'), 'MPUB t\n', sized('\0\0\0\x01\0\0\0\x01c'))
  const aborted = new AbortController()
  const init = { method: 'POST', body: 'd', signal: aborted.signal }
  const answer = fetch(`http://${broker.httpAddress}/pub?topic=t`, init).catch((error: Error) => error.name)
  await eventually('all four are stored', () => depth(broker, 't') === 4)
  assert.ok(await isOpen(answer))
  assert.equal(client.unread, 0)
  aborted.abort()
  assert.equal(await answer, 'AbortError')
  broker.faults.dropAcks = false
  await client.publish('t', 'e')
})

test('with duplicate every message is delivered twice, to two consumers at once', async () => {
  await using broker = await Broker.start()
  broker.faults.duplicate = true
  using one = await RawClient.connect(broker.tcpAddress)
  using other = await RawClient.connect(broker.tcpAddress)
  await one.subscribe('t', 'ch')
  await other.subscribe('t', 'ch')
  await http(broker.httpAddress, 'POST', '/pub?topic=t', 'twice')
  const [first, second] = await Promise.all([one.message(), other.message()])
  assert.deepEqual([first.body, second.body], ['twice', 'twice'])
  one.send(`FIN ${first.id}\n`)
  other.send(`FIN ${second.id}\n`)
  await eventually('both are finished', () => broker.stats().topics[0]?.channels[0]?.in_flight_count === 0)
})

test('with reorder the newest message comes first', async () => {
  await using broker = await Broker.start()
  broker.faults.reorder = true
  await http(broker.httpAddress, 'POST', '/mpub?topic=t', 'a\nb\nc')
  using client = await RawClient.connect(broker.tcpAddress)
  await client.subscribe('t', 'ch', 3)
  assert.deepEqual(
    (await client.messages(3)).map(({ body }) => body),
    ['c', 'b', 'a'],
  )
})

test('a killed broker has cut all connections, has forgotten everything, and goes on at the same addresses', async () => {
  await using broker = await Broker.start()
  using client = await RawClient.connect(broker.tcpAddress)
  await client.subscribe('t', 'ch')
  await http(broker.httpAddress, 'POST', '/pub?topic=t', 'a')
  await client.message()
  broker.faults.kill()
  await client.whenClosed()
  assert.deepEqual(broker.stats().topics, [])
  assert.deepEqual(await json(broker.lookupHttpAddress, '/topics'), { topics: [] })
  assert.equal(broker.memoryUsed, 0)
  using again = await RawClient.connect(broker.tcpAddress)
  await again.publish('t', 'b')
  assert.equal((await http(broker.lookupHttpAddress, 'GET', '/lookup?topic=t')).status, 200)
})
