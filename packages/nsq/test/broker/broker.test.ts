import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Broker } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { http, json } from '../support/http.ts'
import { LookupClient } from '../support/lookup-client.ts'
import { RawClient, sized } from '../support/raw-client.ts'

describe('a broker', () => {
  test('listens on loopback, on four ports of its own choice', async () => {
    await using broker = await Broker.start()
    const addresses = [broker.tcpAddress, broker.httpAddress, broker.lookupTcpAddress, broker.lookupHttpAddress]
    assert.equal(new Set(addresses).size, 4)
    for (const address of addresses) assert.match(address, /^127\.0\.0\.1:[1-9]\d+$/)
  })

  test('that finds its port taken says which, and leaves nothing open', async () => {
    await using first = await Broker.start()
    const taken = Number(first.lookupHttpAddress.split(':')[1])
    await assert.rejects(
      Broker.start({ lookupHttpPort: taken }),
      new RegExp(
        `^Error: nsqlookupd HTTP cannot listen on 127\\.0\\.0\\.1:${taken}: .*EADDRINUSE.*; choose another port`,
      ),
    )
  })

  test('closes at once with clients connected, and its ports are free again', async () => {
    const broker = await Broker.start()
    using client = await RawClient.connect(broker.tcpAddress)
    await client.subscribe('t', 'ch')
    await client.ask('DPUB t 60000\n', sized('later'))
    await broker[Symbol.asyncDispose]()
    await client.whenClosed()
    await using again = await Broker.start({ tcpPort: Number(broker.tcpAddress.split(':')[1]) })
    assert.deepEqual(again.stats().topics, [])
  })

  test('tells lookups the ports of a proxy before it', async () => {
    await using broker = await Broker.start({ broadcastTcpPort: 14150, broadcastHttpPort: 14151 })
    await http(broker.httpAddress, 'POST', '/topic/create?topic=t')
    const { producers } = await json<{ producers: { tcp_port: number; http_port: number }[] }>(
      broker.lookupHttpAddress,
      '/lookup?topic=t',
    )
    assert.deepEqual(
      producers.map(({ tcp_port, http_port }) => [tcp_port, http_port]),
      [[14150, 14151]],
    )
  })

  test('tells lookups the address to be reached at', async () => {
    await using broker = await Broker.start({ broadcastAddress: 'nsq.example' })
    await http(broker.httpAddress, 'POST', '/topic/create?topic=t')
    const { producers } = await json<{ producers: Record<string, unknown>[] }>(
      broker.lookupHttpAddress,
      '/lookup?topic=t',
    )
    const [, tcpPort] = broker.tcpAddress.split(':')
    const [, httpPort] = broker.httpAddress.split(':')
    assert.deepEqual(
      producers.map(({ broadcast_address, tcp_port, http_port }) => [broadcast_address, tcp_port, http_port]),
      [['nsq.example', Number(tcpPort), Number(httpPort)]],
    )
  })

  test('gives the same statistics in the process as over HTTP, where a list that is empty for want of anything is null', async () => {
    await using broker = await Broker.start()
    await http(broker.httpAddress, 'POST', '/pub?topic=t', 'x')
    const sent = await json<object>(broker.httpAddress, '/stats?format=json&include_mem=false')
    assert.deepEqual(sent, { ...broker.stats({ withMemory: false }), producers: null })
  })

  test('honours its own limits: message size, RDY, delay of REQ', async () => {
    await using broker = await Broker.start({ maxMessageBytes: 4, maxReadyCount: 3, maxRequeueTimeoutMs: 20 })
    const tooBig = await http(broker.httpAddress, 'POST', '/pub?topic=t', '12345')
    assert.equal(tooBig.text, '{"message":"MSG_TOO_BIG"}')
    using client = await RawClient.connect(broker.tcpAddress)
    await client.subscribe('t', 'ch', 1)
    await http(broker.httpAddress, 'POST', '/pub?topic=t', 'x')
    const { id } = await client.message()
    // Not after the 1000 s that were asked for.
    client.send(`REQ ${id} 999999\n`)
    assert.equal((await client.message()).attempts, 2)
    assert.equal(await client.ask('RDY 4\n'), 'E_INVALID RDY count 4 out of range 0-3')
  })

  test('delivers a message again at maxMessageTimeoutMs, however often it is touched', async () => {
    await using broker = await Broker.start({ messageTimeoutMs: 1500, maxMessageTimeoutMs: 2000 })
    using client = await RawClient.connect(broker.tcpAddress)
    await client.subscribe('t', 'ch', 1)
    // Not from the message's arrival: what a busy process reads late was delivered earlier.
    const publishedAt = performance.now()
    await http(broker.httpAddress, 'POST', '/pub?topic=t', 'x')
    const { id } = await client.message()
    using _touching = setInterval(() => client.send(`TOUCH ${id}\n`), 20)
    const again = await client.message()
    assert.equal(again.attempts, 2)
    assert.ok(performance.now() - publishedAt > 1700)
  })

  test('leaves an nsqd out of lookups that has not sent PING for too long', async () => {
    let now = 0
    await using broker = await Broker.start({ inactiveProducerTimeoutMs: 100, now: () => now })
    using nsqd = await LookupClient.connect(broker.lookupTcpAddress)
    const identity = { broadcast_address: 'a', hostname: 'a', tcp_port: 1, http_port: 2, version: '1.0.0' }
    await nsqd.ask('IDENTIFY\n', sized(JSON.stringify(identity)))
    await nsqd.ask('REGISTER t\n')
    const count = async () =>
      (await json<{ producers: unknown[] }>(broker.lookupHttpAddress, '/lookup?topic=t')).producers.length
    assert.equal(await count(), 1)
    now = 100
    assert.equal(await count(), 1)
    now = 101
    assert.equal(await count(), 0)
    await nsqd.ask('PING\n')
    assert.equal(await count(), 1)
  })

  test('passes on 20 000 messages to two channels, each once', async () => {
    await using broker = await Broker.start()
    const clients = await Promise.all(
      ['one', 'other'].map(async (channel) => {
        const client = await RawClient.connect(broker.tcpAddress)
        await client.subscribe('t', channel, 500)
        return client
      }),
    )
    using publisher = await RawClient.connect(broker.tcpAddress)
    const count = 20_000
    for (let index = 0; index < count; index += 1) publisher.send('PUB t\n', sized(String(index)))
    await Promise.all(
      clients.map(async (client) => {
        const seen = new Set<string>()
        for (let index = 0; index < count; index += 1) {
          const { id, body } = await client.message()
          seen.add(body)
          client.send(`FIN ${id}\n`)
        }
        assert.equal(seen.size, count)
      }),
    )
    await eventually('all are finished', () =>
      broker.stats().topics[0]?.channels.every(({ in_flight_count, depth }) => in_flight_count + depth === 0),
    )
    for (const client of clients) client[Symbol.dispose]()
  })
})
