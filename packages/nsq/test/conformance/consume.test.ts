import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { post } from '../support/http.ts'
import { RawClient, sized } from '../support/raw-client.ts'
import { channelStats, freshTopic, target, topicStats, whenChannel } from '../support/target.ts'

const nsqd = await target()
after(() => nsqd[Symbol.asyncDispose]())

/** A consumer with so much RDY, and the topic it consumes from as channel `ch`. */
async function consumer(ready = 1, identity: Record<string, unknown> = {}, topic = freshTopic()) {
  const client = await RawClient.connect(nsqd.tcp)
  await client.identify(identity)
  await client.subscribe(topic, 'ch', ready)
  return { client, topic, [Symbol.dispose]: () => client[Symbol.dispose]() }
}

describe('channels', () => {
  test('the first channel takes what the topic kept', async () => {
    using publisher = await RawClient.connect(nsqd.tcp)
    const topic = freshTopic()
    await publisher.publish(topic, 'a', 'b')
    using one = await consumer(2, {}, topic)
    assert.deepEqual((await one.client.messages(2)).map(({ body }) => body).sort(), ['a', 'b'])
    await post(nsqd.http, `/channel/create?topic=${topic}&channel=late`)
    await whenChannel(nsqd.http, topic, 'late', { depth: 0, message_count: 0 })
  })

  test('each channel gets every message, under the same id', async () => {
    using one = await consumer()
    using other = await RawClient.connect(nsqd.tcp)
    await other.subscribe(one.topic, 'other')
    using publisher = await RawClient.connect(nsqd.tcp)
    await publisher.publish(one.topic, 'both')
    assert.deepEqual(await one.client.message(), await other.message())
  })

  test('one channel gives each message to one of its consumers', async () => {
    using one = await consumer(50)
    using other = await consumer(50, {}, one.topic)
    using publisher = await RawClient.connect(nsqd.tcp)
    await publisher.publish(one.topic, ...Array.from({ length: 100 }, (_, index) => `m${index}`))
    const bodies = [...(await one.client.messages(50)), ...(await other.client.messages(50))].map(({ body }) => body)
    assert.equal(new Set(bodies).size, 100)
  })

  test('an ephemeral channel goes with its last consumer', async () => {
    const topic = freshTopic()
    using client = await RawClient.connect(nsqd.tcp)
    await client.subscribe(topic, 'brief#ephemeral')
    await whenChannel(nsqd.http, topic, 'brief#ephemeral', { client_count: 1 })
    client.socket.end()
    await client.whenClosed()
    await eventually('the channel goes', async () => (await topicStats(nsqd.http, topic))?.channels.length === 0)
  })

  test('an ephemeral topic goes with its last channel', async () => {
    const topic = `${freshTopic()}#ephemeral`
    using client = await RawClient.connect(nsqd.tcp)
    await client.subscribe(topic, 'brief#ephemeral')
    client.socket.end()
    await client.whenClosed()
    await eventually('the topic goes', async () => (await topicStats(nsqd.http, topic)) === undefined)
  })
})

describe('RDY', () => {
  test('bounds what is in flight, and FIN makes room for the next', async () => {
    using one = await consumer(2)
    using publisher = await RawClient.connect(nsqd.tcp)
    await publisher.publish(one.topic, 'a', 'b', 'c')
    const [first] = await one.client.messages(2)
    await one.client.settled()
    assert.equal(one.client.unread, 0)
    one.client.send(`FIN ${first?.id}\n`)
    assert.equal((await one.client.message()).body, 'c')
    await whenChannel(nsqd.http, one.topic, 'ch', { depth: 0, in_flight_count: 2, message_count: 3 })
  })

  test('0 stops the deliveries and 1 takes them up', async () => {
    using one = await consumer(0)
    using publisher = await RawClient.connect(nsqd.tcp)
    await publisher.publish(one.topic, 'a')
    await one.client.settled()
    assert.equal(one.client.unread, 0)
    one.client.send('RDY\n')
    assert.equal((await one.client.message()).body, 'a')
  })

  for (const [line, answer] of [
    ['RDY 2501', 'E_INVALID RDY count 2501 out of range 0-2500'],
    ['RDY -1', 'E_INVALID RDY could not parse count -1'],
    ['RDY many', 'E_INVALID RDY could not parse count many'],
  ]) {
    test(`${line} is refused and closes`, async () => {
      using one = await consumer(2500)
      assert.equal(await one.client.ask(`${line}\n`), answer)
      await one.client.whenClosed()
    })
  }

  test('before SUB is refused and closes', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    assert.equal(await client.ask('RDY 1\n'), 'E_INVALID cannot RDY in current state')
    await client.whenClosed()
  })
})

describe('SUB', () => {
  for (const [line, answer] of [
    ['SUB t', 'E_INVALID SUB insufficient number of parameters'],
    ['SUB bad!topic ch', 'E_BAD_TOPIC SUB topic name "bad!topic" is not valid'],
    ['SUB t bad!channel', 'E_BAD_CHANNEL SUB channel name "bad!channel" is not valid'],
  ]) {
    test(`"${line}" is refused and closes`, async () => {
      using client = await RawClient.connect(nsqd.tcp)
      assert.equal(await client.ask(`${line}\n`), answer)
      await client.whenClosed()
    })
  }

  test('is refused a second time, and when heartbeats are disabled', async () => {
    using one = await consumer()
    assert.equal(await one.client.ask('SUB t ch\n'), 'E_INVALID cannot SUB in current state')
    using silent = await RawClient.connect(nsqd.tcp)
    await silent.identify({ heartbeat_interval: -1 })
    assert.equal(await silent.ask('SUB t ch\n'), 'E_INVALID cannot SUB with heartbeats disabled')
  })
})

describe('a message in flight', () => {
  test('that is finished twice is refused the second time, and the connection stays', async () => {
    using one = await consumer()
    using publisher = await RawClient.connect(nsqd.tcp)
    await publisher.publish(one.topic, 'a')
    const { id } = await one.client.message()
    one.client.send(`FIN ${id}\n`)
    assert.equal(await one.client.ask(`FIN ${id}\n`), `E_FIN_FAILED FIN ${id} failed ID not in flight`)
    await publisher.publish(one.topic, 'b')
    assert.equal((await one.client.message()).body, 'b')
  })

  test('may be refused an answer without harm to what follows in the same packet', async () => {
    using one = await consumer(2)
    using publisher = await RawClient.connect(nsqd.tcp)
    await publisher.publish(one.topic, 'a', 'b')
    const [first, second] = await one.client.messages(2)
    one.client.send(`FIN ${first?.id}\nFIN ${first?.id}\nTOUCH ${first?.id}\nFIN ${second?.id}\n`)
    assert.match(await one.client.text(), /^E_FIN_FAILED/)
    assert.match(await one.client.text(), /^E_TOUCH_FAILED/)
    await whenChannel(nsqd.http, one.topic, 'ch', { in_flight_count: 0 })
  })

  test('of another client can be neither finished, requeued nor touched', async () => {
    using one = await consumer()
    using other = await consumer(0, {}, one.topic)
    using publisher = await RawClient.connect(nsqd.tcp)
    await publisher.publish(one.topic, 'a')
    const { id } = await one.client.message()
    const reason = 'failed client does not own message'
    assert.equal(await other.client.ask(`FIN ${id}\n`), `E_FIN_FAILED FIN ${id} ${reason}`)
    assert.equal(await other.client.ask(`REQ ${id} 0\n`), `E_REQ_FAILED REQ ${id} ${reason}`)
    assert.equal(await other.client.ask(`TOUCH ${id}\n`), `E_TOUCH_FAILED TOUCH ${id} ${reason}`)
    await whenChannel(nsqd.http, one.topic, 'ch', { in_flight_count: 1, requeue_count: 0 })
  })

  test('comes again with one more attempt after REQ', async () => {
    using one = await consumer()
    using publisher = await RawClient.connect(nsqd.tcp)
    await publisher.publish(one.topic, 'a')
    const first = await one.client.message()
    one.client.send(`REQ ${first.id} 0\n`)
    assert.deepEqual(await one.client.message(), { ...first, attempts: 2 })
    await whenChannel(nsqd.http, one.topic, 'ch', { requeue_count: 1, in_flight_count: 1, timeout_count: 0 })
  })

  test('comes again only after the delay of REQ', async () => {
    using one = await consumer()
    using publisher = await RawClient.connect(nsqd.tcp)
    await publisher.publish(one.topic, 'a')
    const { id } = await one.client.message()
    const askedAt = performance.now()
    one.client.send(`REQ ${id} 250\n`)
    const again = await one.client.message()
    assert.equal(again.attempts, 2)
    assert.ok(performance.now() - askedAt >= 240)
    one.client.send(`REQ ${again.id} 600000\n`)
    await whenChannel(nsqd.http, one.topic, 'ch', { deferred_count: 1, in_flight_count: 0 })
  })

  for (const [line, answer] of [
    ['FIN', 'E_INVALID FIN insufficient number of params'],
    ['FIN short', 'E_INVALID invalid message ID'],
    ['REQ 0123456789abcdef', 'E_INVALID REQ insufficient number of params'],
    ['REQ 0123456789abcdef soon', 'E_INVALID REQ could not parse timeout soon'],
    ['TOUCH', 'E_INVALID TOUCH insufficient number of params'],
  ]) {
    test(`"${line}" is refused and closes`, async () => {
      using one = await consumer()
      assert.equal(await one.client.ask(`${line}\n`), answer)
      await one.client.whenClosed()
    })
  }
})

describe('CLS', () => {
  test('is answered CLOSE_WAIT; nothing more comes, and what is in flight can be finished', async () => {
    using one = await consumer(1)
    using publisher = await RawClient.connect(nsqd.tcp)
    await publisher.publish(one.topic, 'a', 'b')
    const { id } = await one.client.message()
    assert.equal(await one.client.ask('CLS\n'), 'CLOSE_WAIT')
    one.client.send(`FIN ${id}\nRDY 1\n`)
    await whenChannel(nsqd.http, one.topic, 'ch', { in_flight_count: 0, depth: 1 })
    await one.client.settled()
    assert.equal(one.client.unread, 0)
    assert.equal(await one.client.ask('CLS\n'), 'E_INVALID cannot CLS in current state')
    await one.client.whenClosed()
  })
})

// These take seconds by their nature, so they run side by side.
describe('time', { concurrency: true }, () => {
  test('an unanswered message is requeued after msg_timeout, also to another client, with one more attempt', async () => {
    using one = await consumer(1, { msg_timeout: 1000 })
    using publisher = await RawClient.connect(nsqd.tcp)
    await publisher.publish(one.topic, 'a')
    const first = await one.client.message()
    using other = await consumer(1, {}, one.topic)
    one.client.send('RDY 0\n')
    const second = await other.client.message()
    assert.deepEqual(second, { ...first, attempts: 2 })
    await whenChannel(nsqd.http, one.topic, 'ch', { timeout_count: 1, in_flight_count: 1 })
    assert.match(await one.client.ask(`FIN ${first.id}\n`), /^E_FIN_FAILED/)
  })

  test('what a client had in flight when it went comes again after its msg_timeout, not before', async () => {
    using one = await consumer(1, { msg_timeout: 1000 })
    using publisher = await RawClient.connect(nsqd.tcp)
    const publishedAt = performance.now()
    await publisher.publish(one.topic, 'a')
    await one.client.message()
    one.client.socket.destroy()
    using other = await consumer(1, {}, one.topic)
    assert.equal((await other.client.message()).attempts, 2)
    assert.ok(performance.now() - publishedAt >= 990)
  })

  test('TOUCH starts the time-out again', async () => {
    // Touched so often that a machine may be busy for seconds in between.
    using one = await consumer(1, { msg_timeout: 5000, heartbeat_interval: 2000 })
    using publisher = await RawClient.connect(nsqd.tcp)
    await publisher.publish(one.topic, 'a')
    const { id } = await one.client.message()
    const deliveredAt = performance.now()
    using _timer = setInterval(() => one.client.send(`TOUCH ${id}\n`), 100)
    await eventually('the first time-out is over', () => performance.now() - deliveredAt > 5500)
    assert.equal(one.client.unread, 0)
    one.client.send(`FIN ${id}\n`)
    await whenChannel(nsqd.http, one.topic, 'ch', { in_flight_count: 0, timeout_count: 0 })
  })

  test('a client that answers heartbeats stays, one that misses two is cut off', async () => {
    using answering = await RawClient.connect(nsqd.tcp)
    using silent = await RawClient.connect(nsqd.tcp)
    silent.answersHeartbeats = false
    await answering.identify({ heartbeat_interval: 1000 })
    await silent.identify({ heartbeat_interval: 1000 })
    await silent.whenClosed()
    assert.ok(silent.heartbeats >= 1)
    assert.equal(await answering.ask('SUB t#ephemeral ch#ephemeral\n'), 'OK')
  })
})

test('sample_rate leaves out the others of a hundred', async () => {
  using one = await consumer(1000, { sample_rate: 20 })
  using publisher = await RawClient.connect(nsqd.tcp)
  const bodies = Array.from({ length: 1000 }, (_, index) => String(index))
  publisher.send(...bodies.flatMap((body) => [`PUB ${one.topic}\n`, sized(body)]))
  for (const _ of bodies) assert.equal(await publisher.text(), 'OK')
  await whenChannel(nsqd.http, one.topic, 'ch', { depth: 0, message_count: 1000 })
  await eventually('all that were sent have come', async () => {
    const stats = await channelStats(nsqd.http, one.topic, 'ch')
    return stats?.in_flight_count === one.client.unread
  })
  assert.ok(one.client.unread > 100 && one.client.unread < 320, `${one.client.unread} of 1000 came`)
})
