import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { http, json, post, refused } from '../support/http.ts'
import { LookupClient } from '../support/lookup-client.ts'
import { sized } from '../support/raw-client.ts'
import { freshTopic, lookupTarget } from '../support/target.ts'

interface Lookup {
  channels: string[]
  producers: { broadcast_address: string; tcp_port: number; http_port: number; hostname: string; version: string }[]
}

const pair = await lookupTarget()
after(() => pair[Symbol.asyncDispose]())

async function producers(topic: string): Promise<string[]> {
  const { producers } = await json<Lookup>(pair.lookupHttp, `/lookup?topic=${topic}`)
  return producers.map(({ broadcast_address, tcp_port }) => `${broadcast_address}:${tcp_port}`)
}

const REMOTE = { broadcast_address: 'nsqd.example', hostname: 'box', tcp_port: 1, http_port: 2, version: '1.3.0' }

describe('nsqlookupd over HTTP', () => {
  test('/ping says OK, /info the version', async () => {
    const { text, headers } = await http(pair.lookupHttp, 'GET', '/ping')
    assert.deepEqual([text, headers.get('x-nsq-content-type')], ['OK', null])
    assert.match((await json<{ version: string }>(pair.lookupHttp, '/info')).version, /^\d+\.\d+\.\d+/)
  })

  test('an unknown topic is 404 TOPIC_NOT_FOUND', async () => {
    const { status, text } = await http(pair.lookupHttp, 'GET', `/lookup?topic=${freshTopic()}`)
    assert.deepEqual([status, text], [404, '{"message":"TOPIC_NOT_FOUND"}'])
    assert.equal((await http(pair.lookupHttp, 'GET', '/lookup')).text, '{"message":"MISSING_ARG_TOPIC"}')
  })

  test('tells where the topics and channels of nsqd are, until they are deleted there', async () => {
    const topic = freshTopic()
    await post(pair.http, `/topic/create?topic=${topic}`)
    await post(pair.http, `/channel/create?topic=${topic}&channel=ch`)
    const info = await json<{ broadcast_address: string; tcp_port: number }>(pair.http, '/info')
    const address = `${info.broadcast_address}:${info.tcp_port}`
    await eventually('the channel is registered', async () => {
      const { text } = await http(pair.lookupHttp, 'GET', `/channels?topic=${topic}`)
      return text === '{"channels":["ch"]}'
    })
    assert.deepEqual(await producers(topic), [address])
    const { topics } = await json<{ topics: string[] }>(pair.lookupHttp, '/topics')
    assert.ok(topics.includes(topic))
    const nodes = await json<{ producers: { topics: string[]; tcp_port: number }[] }>(pair.lookupHttp, '/nodes')
    assert.ok(nodes.producers.some((node) => node.tcp_port === info.tcp_port && node.topics.includes(topic)))

    await post(pair.http, `/topic/delete?topic=${topic}`)
    await eventually('the producer is gone', async () => (await producers(topic)).length === 0)
  })

  test('creates and deletes topics and channels by itself', async () => {
    const topic = freshTopic()
    await post(pair.lookupHttp, `/channel/create?topic=${topic}&channel=ch`)
    assert.deepEqual(await json(pair.lookupHttp, `/lookup?topic=${topic}`), { channels: ['ch'], producers: [] })
    await post(pair.lookupHttp, `/channel/delete?topic=${topic}&channel=ch`)
    await refused(pair.lookupHttp, `/channel/delete?topic=${topic}&channel=ch`, 404, 'CHANNEL_NOT_FOUND')
    assert.deepEqual(await json(pair.lookupHttp, `/channels?topic=${topic}`), { channels: [] })
    await post(pair.lookupHttp, `/topic/delete?topic=${topic}`)
    assert.equal((await http(pair.lookupHttp, 'GET', `/lookup?topic=${topic}`)).status, 404)
    await refused(pair.lookupHttp, '/topic/create?topic=bad!topic', 400, 'INVALID_ARG_TOPIC')
    await refused(pair.lookupHttp, '/topic/tombstone?topic=t', 400, 'MISSING_ARG_NODE')
  })
})

describe('nsqlookupd over TCP', () => {
  test('an nsqd registers, is found, hidden by a tombstone, and forgotten when it goes', async () => {
    const topic = freshTopic()
    using nsqd = await LookupClient.connect(pair.lookupTcp)
    const answer = JSON.parse(await nsqd.ask('IDENTIFY\n', sized(JSON.stringify(REMOTE))))
    assert.equal(answer.http_port, Number(pair.lookupHttp.split(':').at(-1)))
    assert.equal(await nsqd.ask(`REGISTER ${topic} ch\n`), 'OK')
    assert.deepEqual(await json(pair.lookupHttp, `/channels?topic=${topic}`), { channels: ['ch'] })
    assert.deepEqual(await producers(topic), ['nsqd.example:1'])

    await post(pair.lookupHttp, `/topic/tombstone?topic=${topic}&node=nsqd.example:2`)
    assert.deepEqual(await producers(topic), [])
    const nodes = await json<{ producers: { broadcast_address: string; tombstones: boolean[] }[] }>(
      pair.lookupHttp,
      '/nodes',
    )
    const node = nodes.producers.find(({ broadcast_address }) => broadcast_address === 'nsqd.example')
    assert.deepEqual(node?.tombstones, [true])

    nsqd.socket.destroy()
    await eventually(
      'the node is gone',
      async () => !(await http(pair.lookupHttp, 'GET', '/nodes')).text.includes('nsqd.example'),
    )
    assert.deepEqual(await producers(topic), [])
  })

  test('UNREGISTER takes a channel and then the topic away; what is ephemeral is forgotten', async () => {
    const topic = `${freshTopic()}#ephemeral`
    const query = `topic=${encodeURIComponent(topic)}`
    using nsqd = await LookupClient.connect(pair.lookupTcp)
    await nsqd.ask('IDENTIFY\n', sized(JSON.stringify(REMOTE)))
    await nsqd.ask(`REGISTER ${topic} ch#ephemeral\n`)
    assert.equal(await nsqd.ask(`UNREGISTER ${topic} ch#ephemeral\n`), 'OK')
    assert.deepEqual(await json(pair.lookupHttp, `/channels?${query}`), { channels: [] })
    assert.equal(await nsqd.ask(`UNREGISTER ${topic}\n`), 'OK')
    assert.equal((await http(pair.lookupHttp, 'GET', `/lookup?${query}`)).status, 404)
    assert.equal(await nsqd.ask('PING\n'), 'OK')
  })

  const refusals: [string, (string | Uint8Array)[], string][] = [
    ['another command', ['HELLO\n'], 'E_INVALID invalid command HELLO'],
    ['REGISTER before IDENTIFY', ['REGISTER t\n'], 'E_INVALID client must IDENTIFY'],
    ['an IDENTIFY without fields', ['IDENTIFY\n', sized('{"tcp_port":1}')], 'E_BAD_BODY IDENTIFY missing fields'],
    ['an IDENTIFY that is no JSON', ['IDENTIFY\n', sized('{')], 'E_BAD_BODY IDENTIFY failed to decode JSON body'],
  ]
  for (const [what, parts, answer] of refusals) {
    test(`refuses ${what} and closes`, async () => {
      using nsqd = await LookupClient.connect(pair.lookupTcp)
      assert.equal(await nsqd.ask(...parts), answer)
      await nsqd.whenClosed()
    })
  }

  test('refuses bad names and another magic', async () => {
    using nsqd = await LookupClient.connect(pair.lookupTcp)
    await nsqd.ask('IDENTIFY\n', sized(JSON.stringify(REMOTE)))
    assert.equal(await nsqd.ask('REGISTER bad!topic\n'), "E_BAD_TOPIC REGISTER topic name 'bad!topic' is not valid")
    await nsqd.whenClosed()
    using other = await LookupClient.connect(pair.lookupTcp, '  V2')
    assert.equal(await other.text(), 'E_BAD_PROTOCOL')
    await other.whenClosed()
  })
})
