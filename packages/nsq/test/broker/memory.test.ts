import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Broker } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { http, post } from '../support/http.ts'
import { LookupClient } from '../support/lookup-client.ts'
import { batch, int32, RawClient, sized } from '../support/raw-client.ts'

const KIB = 1024

/** Publishes messages of 10 KiB until one is refused; answers how many were taken and the refusal. */
async function fill(broker: Broker, topic: string): Promise<{ taken: number; status: number; text: string }> {
  for (let taken = 0; ; taken += 1) {
    const { status, text, headers } = await http(
      broker.httpAddress,
      'POST',
      `/pub?topic=${topic}`,
      Buffer.alloc(10 * KIB),
    )
    if (status === 200) continue
    assert.equal(headers.get('retry-after'), '1')
    return { taken, status, text }
  }
}

test('at the bound /pub answers 503 and PUB E_PUB_FAILED, and what is kept stays whole', async () => {
  await using broker = await Broker.start({ memoryBytes: 256 * KIB })
  const { taken, status, text } = await fill(broker, 't')
  assert.deepEqual([status, text], [503, '{"message":"MEMORY_FULL"}'])
  assert.ok(taken >= 20 && taken <= 25, `${taken} messages of 10 KiB fit into 256 KiB`)
  assert.ok(broker.memoryUsed <= 256 * KIB)
  using client = await RawClient.connect(broker.tcpAddress)
  assert.match(await client.ask('PUB t\n', sized(Buffer.alloc(10 * KIB))), /^E_PUB_FAILED PUB failed memory is full/)
  await client.whenClosed()
  assert.equal(broker.stats().topics[0]?.depth, taken)
})

test('at the bound MPUB and DPUB are refused whole', async () => {
  await using broker = await Broker.start({ memoryBytes: 64 * KIB })
  using one = await RawClient.connect(broker.tcpAddress)
  const answer = await one.ask('MPUB t\n', sized(batch('small', 'x'.repeat(60 * KIB))))
  assert.match(answer, /^E_MPUB_FAILED MPUB failed memory is full/)
  using other = await RawClient.connect(broker.tcpAddress)
  assert.match(await other.ask('DPUB t 5\n', sized('x'.repeat(62 * KIB))), /^E_DPUB_FAILED/)
  assert.equal(broker.stats().topics[0]?.depth, 0)
})

test('what is finished, emptied or deleted makes room again', async () => {
  await using broker = await Broker.start({ memoryBytes: 256 * KIB })
  const { taken } = await fill(broker, 't')
  using client = await RawClient.connect(broker.tcpAddress)
  await client.subscribe('t', 'ch', 100)
  for (const { id } of await client.messages(taken)) client.send(`FIN ${id}\n`)
  await eventually('all are finished', () => broker.stats().topics[0]?.channels[0]?.in_flight_count === 0)
  assert.equal((await fill(broker, 't')).taken, taken)
  await post(broker.httpAddress, '/channel/empty?topic=t&channel=ch')
  assert.equal((await fill(broker, 't')).taken, taken)
  await post(broker.httpAddress, '/topic/delete?topic=t')
  await post(broker.lookupHttpAddress, '/topic/delete?topic=t')
  assert.equal(broker.memoryUsed, 0)
})

test('copies for further channels wait in the topic until there is room, and none is lost', async () => {
  await using broker = await Broker.start({ memoryBytes: 256 * KIB })
  await post(broker.httpAddress, '/topic/create?topic=t')
  for (const channel of ['one', 'other']) await post(broker.httpAddress, `/channel/create?topic=t&channel=${channel}`)
  const { taken } = await fill(broker, 't')
  assert.ok(broker.memoryUsed <= 256 * KIB)
  const clients = await Promise.all(
    ['one', 'other'].map(async (channel) => {
      const client = await RawClient.connect(broker.tcpAddress)
      await client.subscribe('t', channel, 5)
      return client
    }),
  )
  for (let count = 0; count < taken; count += 1) {
    for (const client of clients) client.send(`FIN ${(await client.message()).id}\n`)
  }
  await eventually('both channels are empty', () =>
    broker.stats().topics[0]?.channels.every(({ in_flight_count, depth }) => in_flight_count + depth === 0),
  )
  for (const client of clients) client[Symbol.dispose]()
})

test('topics, channels and registrations count, so that names cannot fill the memory', async () => {
  await using broker = await Broker.start({ memoryBytes: 64 * KIB })
  let topics = 0
  for (; ; topics += 1) {
    const { status, text } = await http(broker.httpAddress, 'POST', `/topic/create?topic=t${topics}`)
    if (status === 200) continue
    assert.deepEqual([status, text], [503, '{"message":"MEMORY_FULL"}'])
    break
  }
  assert.equal(broker.stats().topics.length, topics)
  using client = await RawClient.connect(broker.tcpAddress)
  assert.match(await client.ask('SUB new ch\n'), /^E_SUB_FAILED SUB failed memory is full/)
  using nsqd = await LookupClient.connect(broker.lookupTcpAddress)
  const identity = { broadcast_address: 'a', tcp_port: 1, http_port: 2, version: '1.0.0' }
  await nsqd.ask('IDENTIFY\n', sized(JSON.stringify(identity)))
  for (let answer = 'OK', index = 0; answer === 'OK'; index += 1) {
    answer = await nsqd.ask(`REGISTER x${index}\n`)
    if (answer !== 'OK') assert.match(answer, /^E_REGISTER_FAILED/)
  }
  assert.ok(broker.memoryUsed <= 64 * KIB)
})

test('an HTTP body that the memory does not hold is refused while it comes', async () => {
  await using broker = await Broker.start({ memoryBytes: 256 * KIB })
  const reply = await http(broker.httpAddress, 'POST', '/pub?topic=t', Buffer.alloc(900 * KIB))
  assert.deepEqual([reply.status, reply.text], [503, '{"message":"MEMORY_FULL"}'])
  assert.equal(broker.memoryUsed, 0)
})

test('what clients say of themselves counts while they are connected', async () => {
  await using broker = await Broker.start({ memoryBytes: 256 * KIB })
  using one = await RawClient.connect(broker.tcpAddress)
  assert.equal(await one.identify({ user_agent: 'x'.repeat(100 * KIB) }), 'OK')
  assert.ok(broker.memoryUsed >= 100 * KIB)
  using other = await RawClient.connect(broker.tcpAddress)
  other.send('IDENTIFY\n', sized(JSON.stringify({ user_agent: 'x'.repeat(155 * KIB) })))
  assert.match(await other.text(), /^E_IDENTIFY_FAILED IDENTIFY failed memory is full/)
  one.socket.destroy()
  await eventually('it is given back', () => broker.memoryUsed === 0)
})

test('half-received bodies count while they are there', async () => {
  await using broker = await Broker.start({ memoryBytes: 256 * KIB })
  using one = await RawClient.connect(broker.tcpAddress)
  one.send('PUB t\n', int32(200 * KIB), Buffer.alloc(150 * KIB))
  await eventually('it has arrived', () => broker.memoryUsed >= 150 * KIB)
  using other = await RawClient.connect(broker.tcpAddress)
  other.send('PUB t\n', int32(200 * KIB), Buffer.alloc(150 * KIB))
  assert.match(await other.text(), /^E_PUB_FAILED PUB failed memory is full/)
  one.socket.destroy()
  await eventually('it is given back', () => broker.memoryUsed === 0)
})
