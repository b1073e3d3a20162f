import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, describe, test } from 'node:test'
import { type Message, Reader, Writer } from 'nsqjs'
import { http, post } from '../support/http.ts'
import { freshTopic, lookupTarget, topicStats, whenChannel } from '../support/target.ts'

const pair = await lookupTarget()
after(() => pair[Symbol.asyncDispose]())

async function writer() {
  const [host = '', port] = pair.tcp.split(':')
  const nsqjs = new Writer(host, Number(port))
  nsqjs.on('error', () => {}) // without a listener nsqjs ends the process; the callbacks tell the tests
  nsqjs.connect()
  await once(nsqjs, 'ready')
  return {
    store: (topic: string, messages: string | Buffer | string[]) =>
      stored((done) => nsqjs.publish(topic, messages, done)),
    defer: (topic: string, message: string, delayMs: number) =>
      stored((done) => nsqjs.deferPublish(topic, [message], delayMs, done)),
    [Symbol.dispose]: () => nsqjs.close(),
  }
}

async function stored(publish: (done: (error?: Error | null) => void) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => publish((error) => (error ? reject(error) : resolve())))
}

/** A reader that gives its messages one after another. */
function reader(topic: string, options: Record<string, unknown> = { nsqdTCPAddresses: [pair.tcp] }) {
  const nsqjs = new Reader(topic, 'ch', { maxInFlight: 10, ...options })
  const messages: Message[] = []
  const waiting: (() => void)[] = []
  nsqjs.on('error', () => {}) // E_FIN_FAILED and the like are looked for in the statistics
  nsqjs.on('message', (message: Message) => {
    messages.push(message)
    waiting.shift()?.()
  })
  nsqjs.connect()
  return {
    nsqjs,
    async message(): Promise<Message> {
      for (;;) {
        const message = messages.shift()
        if (message !== undefined) return message
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    [Symbol.dispose]: () => nsqjs.close(),
  }
}

describe('nsqjs', () => {
  test('publishes and consumes strings and bytes', async () => {
    const topic = freshTopic()
    using out = await writer()
    using incoming = reader(topic)
    await out.store(topic, 'text')
    const message = await incoming.message()
    assert.deepEqual([message.body.toString(), message.attempts], ['text', 1])
    message.finish()
    await out.store(topic, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]))
    const bytes = await incoming.message()
    assert.deepEqual(bytes.body, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]))
    bytes.finish()
    await whenChannel(pair.http, topic, 'ch', { in_flight_count: 0, depth: 0, message_count: 2 })
  })

  test('publishes a list as one MPUB and defers with DPUB', async () => {
    const topic = freshTopic()
    using out = await writer()
    await out.store(topic, ['a', 'b', 'c'])
    await out.defer(topic, 'later', 50)
    using incoming = reader(topic)
    const bodies = new Set<string>()
    while (bodies.size < 4) {
      const message = await incoming.message()
      bodies.add(message.body.toString())
      message.finish()
    }
    assert.deepEqual(bodies, new Set(['a', 'b', 'c', 'later']))
  })

  test('finds the broker through nsqlookupd', async () => {
    const topic = freshTopic()
    await http(pair.http, 'POST', `/pub?topic=${topic}`, 'found')
    await post(pair.http, `/channel/create?topic=${topic}&channel=ch`)
    using incoming = reader(topic, { lookupdHTTPAddresses: [pair.lookupHttp], lookupdPollInterval: 1 })
    const message = await incoming.message()
    assert.equal(message.body.toString(), 'found')
    message.finish()
    await whenChannel(pair.http, topic, 'ch', { in_flight_count: 0 })
  })

  test('requeues and gets the message with another attempt', async () => {
    const topic = freshTopic()
    using incoming = reader(topic)
    await http(pair.http, 'POST', `/pub?topic=${topic}`, 'again')
    const first = await incoming.message()
    first.requeue(0, false)
    const second = await incoming.message()
    assert.deepEqual([second.id, second.attempts], [first.id, 2])
    second.touch()
    second.finish()
    await whenChannel(pair.http, topic, 'ch', { in_flight_count: 0, requeue_count: 1 })
  })

  test('drains 2000 messages with pause and close, none lost', async () => {
    const topic = freshTopic()
    using out = await writer()
    await Promise.all(Array.from({ length: 2000 }, (_, index) => out.store(topic, String(index))))
    using incoming = reader(topic)
    const seen = new Set<string>()
    while (seen.size < 1000) {
      const message = await incoming.message()
      seen.add(message.body.toString())
      message.finish()
    }
    incoming.nsqjs.pause()
    const settled = whenChannel(pair.http, topic, 'ch', { in_flight_count: 0 })
    const late = (async () => {
      for (;;) {
        const message = await incoming.message()
        seen.add(message.body.toString())
        message.finish()
      }
    })()
    await Promise.race([settled, late])
    const depth = (await topicStats(pair.http, topic))?.channels[0]?.depth ?? 0
    assert.equal(seen.size + depth, 2000)
  })

  test('is told of a bad topic by an error, and its connection closes', async () => {
    using out = await writer()
    await assert.rejects(out.store('bad!topic', 'x'), /E_BAD_TOPIC/)
    await assert.rejects(out.store(freshTopic(), 'x'))
  })
})
