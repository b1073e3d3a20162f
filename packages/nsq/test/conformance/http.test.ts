import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, describe, test } from 'node:test'
import { http, json, post, refused } from '../support/http.ts'
import { batch, int32, RawClient } from '../support/raw-client.ts'
import { channelStats, freshTopic, type OfficialStats, target, topicStats, whenChannel } from '../support/target.ts'

const nsqd = await target()
after(() => nsqd[Symbol.asyncDispose]())

describe('nsqd over HTTP', () => {
  test('/ping says OK as text', async () => {
    const { status, headers, text } = await http(nsqd.http, 'GET', '/ping')
    assert.deepEqual([status, text, headers.get('content-type')], [200, 'OK', 'text/plain; charset=utf-8'])
    assert.equal(headers.get('x-nsq-content-type'), null)
    const stats = await http(nsqd.http, 'GET', '/stats')
    assert.equal(stats.headers.get('x-nsq-content-type'), 'nsq; version=1.0')
  })

  test('/info tells its version and ports', async () => {
    const info = await json<Record<string, unknown>>(nsqd.http, '/info')
    assert.equal(info.tcp_port, Number(nsqd.tcp.split(':').at(-1)))
    assert.equal(info.http_port, Number(nsqd.http.split(':').at(-1)))
    assert.match(String(info.version), /^\d+\.\d+\.\d+/)
    assert.ok(Math.abs(Number(info.start_time) - Date.now() / 1000) < 1e7)
  })

  test('what is no request is answered as Go does', async () => {
    for (const [request, line] of [
      ['hello\r\n\r\n', '400 Bad Request'],
      ['GET /ping HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', '400 Bad Request'],
    ] as const) {
      const [host = '', port] = nsqd.http.split(':')
      const socket = connect(Number(port), host)
      socket.write(request)
      const [head = '', body] = Buffer.concat(await socket.toArray())
        .toString()
        .split('\r\n\r\n')
      assert.match(head, new RegExp(`^HTTP/1.1 ${line}\r\nContent-Type: text/plain; charset=utf-8\r\n`))
      assert.equal(body, line)
    }
  })

  test('an unknown path is 404, a wrong method 405', async () => {
    const { status, text } = await http(nsqd.http, 'GET', '/nowhere')
    assert.deepEqual([status, text], [404, '{"message":"NOT_FOUND"}'])
    const wrong = await http(nsqd.http, 'GET', '/pub?topic=t')
    assert.deepEqual([wrong.status, wrong.text], [405, '{"message":"METHOD_NOT_ALLOWED"}'])
    assert.equal(wrong.headers.get('allow'), 'OPTIONS, POST')
    assert.equal((await http(nsqd.http, 'POST', '/ping')).headers.get('allow'), 'GET, OPTIONS')
  })

  test('a path that is spelt in another way is redirected to its own', async () => {
    const asked = async (method: string, path: string) => {
      const { status, headers } = await fetch(`http://${nsqd.http}${path}`, { method, redirect: 'manual' })
      return [status, headers.get('location')]
    }
    assert.deepEqual(await asked('GET', '//ping'), [301, '/ping'])
    assert.deepEqual(await asked('GET', '/Ping/'), [301, '/ping'])
    assert.deepEqual(await asked('POST', '//pub?topic=t'), [308, '/pub?topic=t'])
    assert.equal((await asked('GET', '//nowhere'))[0], 404)
  })

  test('/pub takes raw bytes', async () => {
    const topic = freshTopic()
    const body = Buffer.from([7, 0, 0, 0, 0, 0, 0, 0])
    const reply = await http(nsqd.http, 'POST', `/pub?topic=${topic}`, body)
    assert.deepEqual([reply.status, reply.text], [200, 'OK'])
    using client = await RawClient.connect(nsqd.tcp)
    await client.subscribe(topic, 'ch')
    assert.deepEqual((await client.frame()).bytes.subarray(34), body)
  })

  test('/pub?defer holds the message back', async () => {
    const topic = freshTopic()
    using client = await RawClient.connect(nsqd.tcp)
    await client.subscribe(topic, 'ch')
    const sentAt = performance.now()
    await http(nsqd.http, 'POST', `/pub?topic=${topic}&defer=200`, 'later')
    assert.equal((await client.message()).body, 'later')
    assert.ok(performance.now() - sentAt >= 190)
    await http(nsqd.http, 'POST', `/pub?topic=${topic}&defer=600000`, 'much later')
    await whenChannel(nsqd.http, topic, 'ch', { deferred_count: 1, depth: 0 })
  })

  test('/mpub cuts at newlines and drops empty lines', async () => {
    const topic = freshTopic()
    assert.equal((await http(nsqd.http, 'POST', `/mpub?topic=${topic}`, 'one\n\ntwo\nthree\n')).text, 'OK')
    using client = await RawClient.connect(nsqd.tcp)
    await client.subscribe(topic, 'ch', 10)
    assert.deepEqual((await client.messages(3)).map(({ body }) => body).sort(), ['one', 'three', 'two'])
    assert.equal((await topicStats(nsqd.http, topic))?.message_count, 3)
  })

  test('/mpub?binary=true takes messages with newlines in them', async () => {
    const topic = freshTopic()
    const reply = await http(nsqd.http, 'POST', `/mpub?topic=${topic}&binary=true`, batch('a\nb', 'c'))
    assert.deepEqual([reply.status, reply.text], [200, 'OK'])
    using client = await RawClient.connect(nsqd.tcp)
    await client.subscribe(topic, 'ch', 2)
    assert.deepEqual((await client.messages(2)).map(({ body }) => body).sort(), ['a\nb', 'c'])
  })

  test('refuses bad publishes with the status and word of nsqd', async () => {
    const topic = freshTopic()
    await refused(nsqd.http, '/pub', 400, 'MISSING_ARG_TOPIC', 'x')
    await refused(nsqd.http, '/pub?topic=bad!topic', 400, 'INVALID_TOPIC', 'x')
    await refused(nsqd.http, `/pub?topic=${topic}`, 400, 'MSG_EMPTY')
    await refused(nsqd.http, `/pub?topic=${topic}`, 413, 'MSG_TOO_BIG', Buffer.alloc(1_048_577))
    await refused(nsqd.http, `/pub?topic=${topic}&defer=soon`, 400, 'INVALID_DEFER', 'x')
    await refused(nsqd.http, `/pub?topic=${topic}&defer=-1`, 400, 'INVALID_DEFER', 'x')
    await refused(nsqd.http, `/pub?topic=${topic}&defer=3600001`, 400, 'INVALID_DEFER', 'x')
    await refused(nsqd.http, '/pub?topic=%zz', 400, 'INVALID_REQUEST', 'x')
    await refused(nsqd.http, '/mpub', 400, 'MISSING_ARG_TOPIC', 'x')
    await refused(nsqd.http, `/mpub?topic=${topic}`, 413, 'MSG_TOO_BIG', `ok\n${'x'.repeat(1_048_577)}`)
    await refused(nsqd.http, `/mpub?topic=${topic}`, 413, 'BODY_TOO_BIG', Buffer.alloc(5_242_881, '\n'))
    await refused(nsqd.http, `/mpub?topic=${topic}&binary=true`, 413, 'BAD_BODY', int32(0))
    await refused(nsqd.http, `/mpub?topic=${topic}&binary=true`, 413, 'BAD_MESSAGE', batch('x', ''))
    assert.equal((await topicStats(nsqd.http, topic))?.message_count, 0)
  })

  test('refuses a body that grows too big without having said so', async () => {
    for (const [path, word] of [
      ['/pub', 'MSG_TOO_BIG'],
      ['/mpub', 'BODY_TOO_BIG'],
    ]) {
      const body = ReadableStream.from(Array.from({ length: 60 }, () => Buffer.alloc(100_000, '\n')))
      const url = `http://${nsqd.http}${path}?topic=${freshTopic()}`
      const response = await fetch(url, { method: 'POST', body, duplex: 'half' })
      assert.deepEqual([response.status, await response.text()], [413, JSON.stringify({ message: word })])
    }
  })

  test('creates and deletes topics and channels', async () => {
    const topic = freshTopic()
    await post(nsqd.http, `/topic/create?topic=${topic}`)
    await post(nsqd.http, `/channel/create?topic=${topic}&channel=ch`)
    assert.deepEqual(
      (await topicStats(nsqd.http, topic))?.channels.map((channel) => channel.channel_name),
      ['ch'],
    )
    await post(nsqd.http, `/channel/delete?topic=${topic}&channel=ch`)
    assert.deepEqual((await topicStats(nsqd.http, topic))?.channels, [])
    await post(nsqd.http, `/topic/delete?topic=${topic}`)
    assert.equal(await topicStats(nsqd.http, topic), undefined)
  })

  test('deleting a channel cuts off its consumers', async () => {
    const topic = freshTopic()
    using client = await RawClient.connect(nsqd.tcp)
    await client.subscribe(topic, 'ch')
    await post(nsqd.http, `/channel/delete?topic=${topic}&channel=ch`)
    await client.whenClosed()
  })

  test('empties a topic and a channel, in-flight and deferred messages included', async () => {
    const topic = freshTopic()
    await http(nsqd.http, 'POST', `/mpub?topic=${topic}`, 'a\nb')
    await post(nsqd.http, `/topic/empty?topic=${topic}`)
    assert.equal((await topicStats(nsqd.http, topic))?.depth, 0)
    using client = await RawClient.connect(nsqd.tcp)
    await client.subscribe(topic, 'ch')
    await http(nsqd.http, 'POST', `/mpub?topic=${topic}`, 'c\nd')
    await http(nsqd.http, 'POST', `/pub?topic=${topic}&defer=60000`, 'e')
    const { id } = await client.message()
    await whenChannel(nsqd.http, topic, 'ch', { depth: 1, in_flight_count: 1, deferred_count: 1 })
    await post(nsqd.http, `/channel/empty?topic=${topic}&channel=ch`)
    await whenChannel(nsqd.http, topic, 'ch', { depth: 0, in_flight_count: 0, deferred_count: 0 })
    assert.match(await client.ask(`FIN ${id}\n`), /^E_FIN_FAILED/)
    await http(nsqd.http, 'POST', `/pub?topic=${topic}`, 'f')
    assert.equal((await client.message()).body, 'f')
  })

  test('a paused channel delivers nothing until it is unpaused', async () => {
    const topic = freshTopic()
    using client = await RawClient.connect(nsqd.tcp)
    await client.subscribe(topic, 'ch')
    await post(nsqd.http, `/channel/pause?topic=${topic}&channel=ch`)
    await http(nsqd.http, 'POST', `/pub?topic=${topic}`, 'a')
    await whenChannel(nsqd.http, topic, 'ch', { depth: 1, in_flight_count: 0, paused: true })
    await post(nsqd.http, `/channel/unpause?topic=${topic}&channel=ch`)
    assert.equal((await client.message()).body, 'a')
    assert.equal((await channelStats(nsqd.http, topic, 'ch'))?.paused, false)
  })

  test('a paused topic keeps its messages until it is unpaused', async () => {
    const topic = freshTopic()
    using client = await RawClient.connect(nsqd.tcp)
    await client.subscribe(topic, 'ch')
    await post(nsqd.http, `/topic/pause?topic=${topic}`)
    await http(nsqd.http, 'POST', `/pub?topic=${topic}`, 'a')
    const stats = await topicStats(nsqd.http, topic)
    assert.deepEqual([stats?.paused, stats?.depth, stats?.channels[0]?.message_count], [true, 1, 0])
    await post(nsqd.http, `/topic/unpause?topic=${topic}`)
    assert.equal((await client.message()).body, 'a')
  })

  test('refuses what it does not have, and bad names', async () => {
    const topic = freshTopic()
    for (const path of ['/topic/delete', '/topic/empty', '/topic/pause', '/topic/unpause']) {
      await refused(nsqd.http, path, 400, 'MISSING_ARG_TOPIC')
      await refused(nsqd.http, `${path}?topic=${topic}`, 404, 'TOPIC_NOT_FOUND')
    }
    await refused(nsqd.http, '/topic/create?topic=bad!topic', 400, 'INVALID_TOPIC')
    await refused(nsqd.http, `/channel/create?topic=${topic}&channel=ch`, 404, 'TOPIC_NOT_FOUND')
    await post(nsqd.http, `/topic/create?topic=${topic}`)
    for (const path of ['/channel/delete', '/channel/empty', '/channel/pause', '/channel/unpause']) {
      await refused(nsqd.http, path, 400, 'MISSING_ARG_TOPIC')
      await refused(nsqd.http, `${path}?topic=bad!topic&channel=ch`, 400, 'INVALID_ARG_TOPIC')
      await refused(nsqd.http, `${path}?topic=${topic}`, 400, 'MISSING_ARG_CHANNEL')
      await refused(nsqd.http, `${path}?topic=${topic}&channel=bad!channel`, 400, 'INVALID_ARG_CHANNEL')
      await refused(nsqd.http, `${path}?topic=${topic}&channel=ch`, 404, 'CHANNEL_NOT_FOUND')
    }
  })
})

describe('/stats', () => {
  test('tells the state of topics, channels and clients', async () => {
    const topic = freshTopic()
    using client = await RawClient.connect(nsqd.tcp)
    await client.identify({ client_id: 'me', hostname: 'here', user_agent: 'raw/1', sample_rate: 99 })
    await client.subscribe(topic, 'ch', 7)
    using publisher = await RawClient.connect(nsqd.tcp)
    await publisher.identify({ client_id: 'them', hostname: 'there' })
    await publisher.publish(topic, 'abc')
    await whenChannel(nsqd.http, topic, 'ch', { message_count: 1 })
    const stats = await json<OfficialStats>(nsqd.http, `/stats?format=json&topic=${topic}`)
    assert.equal(stats.health, 'OK')
    const [found] = stats.topics ?? []
    assert.deepEqual([stats.topics?.length, found?.message_count, found?.message_bytes], [1, 1, 3])
    const [consumer] = found?.channels[0]?.clients ?? []
    assert.deepEqual(
      [consumer?.client_id, consumer?.hostname, consumer?.user_agent, consumer?.ready_count, consumer?.sample_rate],
      ['me', 'here', 'raw/1', 7, 99],
    )
    assert.deepEqual([consumer?.state, consumer?.version], [3, 'V2'])
    const producer = stats.producers?.find(({ client_id }) => client_id === 'them')
    assert.deepEqual(producer?.pub_counts, [{ topic, count: 1 }])
  })

  test('can leave out channels, clients and memory', async () => {
    const topic = freshTopic()
    await post(nsqd.http, `/topic/create?topic=${topic}`)
    for (const channel of ['a', 'b']) await post(nsqd.http, `/channel/create?topic=${topic}&channel=${channel}`)
    const path = `/stats?format=json&topic=${topic}&channel=b&include_clients=false&include_mem=false`
    const stats = await json<OfficialStats>(nsqd.http, path)
    assert.deepEqual(
      stats.topics?.[0]?.channels.map(({ channel_name, clients }) => ({ channel_name, clients })),
      [{ channel_name: 'b', clients: null }],
    )
    assert.deepEqual([stats.memory, stats.producers], [undefined, null])
    assert.ok((await json<OfficialStats>(nsqd.http, '/stats?format=json')).memory)
  })

  test('of a topic that is not there is null, and a topic without the channel is left out', async () => {
    const topic = freshTopic()
    const asked = async (query: string) => (await json<OfficialStats>(nsqd.http, `/stats?format=json&${query}`)).topics
    assert.equal(await asked(`topic=${topic}`), null)
    await post(nsqd.http, `/topic/create?topic=${topic}`)
    await post(nsqd.http, `/channel/create?topic=${topic}&channel=a`)
    assert.equal((await asked(`topic=${topic}&channel=a`))?.length, 1)
    assert.deepEqual(await asked(`topic=${topic}&channel=b`), [])
  })

  test('is readable as text', async () => {
    const topic = freshTopic()
    using client = await RawClient.connect(nsqd.tcp)
    await client.subscribe(topic, 'ch')
    await http(nsqd.http, 'POST', `/pub?topic=${topic}`, 'x')
    await client.message()
    const { text, headers } = await http(nsqd.http, 'GET', `/stats?topic=${topic}`)
    assert.match(String(headers.get('content-type')), /^text\/plain/)
    assert.match(text, /^nsqd v\d/)
    assert.match(text, /\nHealth: OK\n/)
    assert.match(text, new RegExp(`\\[${topic} *\\] depth: 0 +be-depth: 0 +msgs: 1 `))
    assert.match(text, /\[ch +\] depth: 0 +be-depth: 0 +inflt: 1 +def: 0 +re-q: 0 +timeout: 0 +msgs: 1 /)
  })
})
