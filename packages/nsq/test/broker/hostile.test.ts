import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { Broker } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { http } from '../support/http.ts'
import { RawClient, sized } from '../support/raw-client.ts'

const MIB = 1024 * 1024

/** Unlike `once`, does not mind an error before. */
async function closed(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.on('close', () => resolve()))
}

async function alive(broker: Broker): Promise<void> {
  assert.equal((await http(broker.httpAddress, 'GET', '/ping')).text, 'OK')
  using client = await RawClient.connect(broker.tcpAddress)
  assert.equal(await client.identify({}), 'OK')
}

describe('hostile clients', { concurrency: true }, () => {
  test('a line without an end is cut off at 16 KiB', async () => {
    await using broker = await Broker.start()
    using client = await RawClient.connect(broker.tcpAddress)
    client.send('x'.repeat(16 * 1024))
    await eventually('it has arrived', () => broker.memoryUsed >= 16 * 1024)
    client.send('x')
    await client.whenClosed()
    assert.equal(broker.memoryUsed, 0)
  })

  test('a connection that goes in the middle of anything leaves nothing', async () => {
    await using broker = await Broker.start()
    for (const part of ['', ' ', '  V2', '  V2PUB t', '  V2PUB t\n', '  V2PUB t\n\0\0', '  V2PUB t\n\0\0\0\x09half']) {
      using client = await RawClient.connect(broker.tcpAddress, part)
      client.socket.end()
      await client.whenClosed()
    }
    await eventually('nothing is kept', () => broker.memoryUsed === 0)
    assert.deepEqual(broker.stats().topics, [])
  })

  test('random bytes crash nothing', async () => {
    await using broker = await Broker.start()
    let seed = 42
    const random = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return seed / 2 ** 32
    }
    const commands = ['IDENTIFY', 'SUB t ch', 'PUB t', 'MPUB t', 'DPUB t 1', 'RDY 1', 'FIN', 'CLS', 'NOP', 'REGISTER t']
    for (let round = 0; round < 100; round += 1) {
      const noise = Buffer.from(Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256)))
      const line = commands[Math.floor(random() * commands.length)]
      const isLookup = round % 4 === 0
      const address = isLookup ? broker.lookupTcpAddress : broker.tcpAddress
      using client = await RawClient.connect(address, round % 10 === 0 ? '' : isLookup ? '  V1' : '  V2')
      client.send(random() < 0.7 ? `${line}\n` : '', noise)
      client.socket.end()
      client.socket.resume()
      await client.whenClosed()
    }
    await alive(broker)
  })

  test('broken HTTP crashes nothing', async () => {
    await using broker = await Broker.start()
    const requests = [
      'GET\r\n\r\n',
      'POST /pub?topic=t HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      'POST /pub?topic=t HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf',
      'POST /pub?topic=%00%ff HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx',
      'POST /mpub?topic=t&binary HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n',
    ]
    for (const request of requests) {
      const [host, port] = broker.httpAddress.split(':')
      const socket = connect(Number(port), host)
      socket.on('error', () => {}) // a reset is as good an answer as any
      socket.end(request)
      socket.resume()
      await closed(socket)
    }
    await eventually('nothing is kept but the topic', () => broker.memoryUsed < 8 * 1024)
    await alive(broker)
  })

  test('a consumer that does not read gets no more than a few MiB, and is cut off after a heartbeat interval', async () => {
    await using broker = await Broker.start()
    using client = await RawClient.connect(broker.tcpAddress)
    await client.identify({ heartbeat_interval: 1000 })
    await client.subscribe('t', 'ch', 100)
    client.socket.pause()
    using _alive = setInterval(() => client.send('NOP\n'), 200)
    for (let count = 0; count < 40; count += 1) {
      await http(broker.httpAddress, 'POST', '/pub?topic=t', Buffer.alloc(MIB))
    }
    const channel = broker.stats().topics[0]?.channels[0]
    assert.ok((channel?.in_flight_count ?? 100) < 20, `${channel?.in_flight_count} of 40 were sent`)
    await eventually('it is cut off', () => broker.stats().topics[0]?.channels[0]?.client_count === 0)
  })

  test('a client that does not read answers is not read from, until it does', async () => {
    await using broker = await Broker.start()
    using client = await RawClient.connect(broker.tcpAddress)
    client.socket.pause()
    const count = 40_000
    const question = Buffer.concat([Buffer.from('IDENTIFY\n'), sized('{"feature_negotiation":true}'.padEnd(1000))])
    for (let sent = 0; sent < count; sent += 100) client.socket.write(Buffer.concat(Array(100).fill(question)))
    let unsent = 0
    let unchanged = 0
    await eventually('the broker has stopped reading', async () => {
      await http(broker.httpAddress, 'GET', '/ping')
      unchanged = client.socket.writableLength === unsent ? unchanged + 1 : 0
      unsent = client.socket.writableLength
      return unsent > 0 && unchanged > 10
    })
    client.socket.resume()
    for (let answers = 0; answers < count; answers += 1) await client.frame()
    await client.publish('t', 'x')
  })

  test('a refused client that stays is cut off', async () => {
    await using broker = await Broker.start()
    const [host, port] = broker.tcpAddress.split(':')
    const socket = connect({ port: Number(port), host: host ?? '', allowHalfOpen: true })
    socket.on('error', () => {}) // the reset that is waited for
    socket.write('  V2HELLO\n')
    socket.resume()
    using _writing = setInterval(() => socket.write(sized('more')), 20)
    await closed(socket)
  })
})
