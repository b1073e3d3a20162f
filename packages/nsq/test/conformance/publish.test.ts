import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { batch, int32, RawClient, sized } from '../support/raw-client.ts'
import { freshTopic, target, topicStats } from '../support/target.ts'

const nsqd = await target()
after(() => nsqd[Symbol.asyncDispose]())

describe('publishing over TCP', () => {
  test('8 bytes with zeros in them come out as they went in, in a frame of type 2', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    const topic = freshTopic()
    const body = Buffer.from([42, 0, 0, 0, 0, 0, 0, 255])
    const before = BigInt(Date.now()) * 1_000_000n
    client.send(`PUB ${topic}\n`, sized(body))
    assert.deepEqual((await client.frame()).bytes, Buffer.from('\0\0\0\x06\0\0\0\0OK'))
    await client.subscribe(topic, 'ch')
    const { bytes } = await client.frame()
    assert.equal(bytes.readInt32BE(0), 4 + 8 + 2 + 16 + 8)
    assert.equal(bytes.readInt32BE(4), 2)
    const age = bytes.readBigInt64BE(8) - before
    assert.ok(age >= -1_000_000n && age < 10_000_000_000n, `published ${age} ns after it was sent`)
    assert.equal(bytes.readUInt16BE(16), 1)
    assert.match(bytes.toString('latin1', 18, 34), /^[0-9a-f]{16}$/)
    assert.deepEqual(bytes.subarray(34), body)
  })

  test('many PUBs in one packet are each answered, in order', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    const topic = freshTopic()
    client.send(...Array.from({ length: 500 }, (_, index) => [`PUB ${topic}\n`, sized(`m${index}`)]).flat())
    for (let index = 0; index < 500; index += 1) assert.equal(await client.text(), 'OK')
    await client.subscribe(topic, 'ch', 500)
    const bodies = (await client.messages(500)).map(({ body }) => body)
    assert.deepEqual(new Set(bodies), new Set(Array.from({ length: 500 }, (_, index) => `m${index}`)))
  })

  test('a message of 1 MiB is taken, one byte more is not', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    const topic = freshTopic()
    assert.equal(await client.ask(`PUB ${topic}\n`, sized(Buffer.alloc(1024 * 1024, 'x'))), 'OK')
    assert.equal(
      await client.ask(`PUB ${topic}\n`, int32(1024 * 1024 + 1)),
      'E_BAD_MESSAGE PUB message too big 1048577 > 1048576',
    )
    await client.whenClosed()
  })

  test('MPUB stores all its messages', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    const topic = freshTopic()
    assert.equal(await client.ask(`MPUB ${topic}\n`, sized(batch('one', 'two', 'three'))), 'OK')
    await client.subscribe(topic, 'ch', 3)
    assert.deepEqual((await client.messages(3)).map(({ body }) => body).sort(), ['one', 'three', 'two'])
  })

  const badBatches: [string, Buffer, string][] = [
    ['a count of 0', sized(int32(0)), 'E_BAD_BODY MPUB invalid message count 0'],
    ['a negative count', sized(int32(-5)), 'E_BAD_BODY MPUB invalid message count -5'],
    ['a count of 2 thousand million', sized(int32(2e9)), 'E_BAD_BODY MPUB invalid message count 2000000000'],
    ['an empty message', sized(batch('good', '')), 'E_BAD_MESSAGE MPUB invalid message(1) body size 0'],
    [
      'a message over the limit',
      sized(Buffer.concat([int32(1), int32(1_048_577)])),
      'E_BAD_MESSAGE MPUB message too big 1048577 > 1048576',
    ],
    ['a body of 0 bytes', int32(0), 'E_BAD_BODY MPUB invalid body size 0'],
    ['a body over the limit', int32(5_242_881), 'E_BAD_BODY MPUB body too big 5242881 > 5242880'],
  ]
  for (const [what, body, answer] of badBatches) {
    test(`MPUB with ${what} is refused, stores nothing and closes`, async () => {
      using client = await RawClient.connect(nsqd.tcp)
      const topic = freshTopic()
      assert.equal(await client.ask(`MPUB ${topic}\n`, body), answer)
      await client.whenClosed()
      assert.equal((await topicStats(nsqd.http, topic))?.message_count ?? 0, 0)
    })
  }

  test('DPUB holds the message back for its delay', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    const topic = freshTopic()
    await client.subscribe(topic, 'ch', 2)
    const sentAt = performance.now()
    assert.equal(await client.ask(`DPUB ${topic} 250\n`, sized('later')), 'OK')
    assert.equal((await client.message()).body, 'later')
    assert.ok(performance.now() - sentAt >= 240, `came after ${performance.now() - sentAt} ms`)
  })

  const badCommands: [string, Buffer, string][] = [
    ['PUB', Buffer.alloc(0), 'E_INVALID PUB insufficient number of parameters'],
    ['PUB bad!topic', sized('x'), 'E_BAD_TOPIC PUB topic name "bad!topic" is not valid'],
    [`PUB ${'x'.repeat(65)}`, sized('x'), `E_BAD_TOPIC PUB topic name "${'x'.repeat(65)}" is not valid`],
    ['PUB t', int32(0), 'E_BAD_MESSAGE PUB invalid message body size 0'],
    ['PUB t', int32(-7), 'E_BAD_MESSAGE PUB invalid message body size -7'],
    ['DPUB t', Buffer.alloc(0), 'E_INVALID DPUB insufficient number of parameters'],
    ['DPUB t soon', sized('x'), 'E_INVALID DPUB could not parse timeout soon'],
    ['DPUB t -1', sized('x'), 'E_INVALID DPUB could not parse timeout -1'],
    ['DPUB t 3600001', sized('x'), 'E_INVALID DPUB timeout 3600001 out of range 0-3600000'],
  ]
  for (const [command, body, answer] of badCommands) {
    test(`${command.slice(0, 20)} (${body.toString('hex')}) is answered ${answer.split(' ')[0]} and closes`, async () => {
      using client = await RawClient.connect(nsqd.tcp)
      assert.equal(await client.ask(`${command}\n`, body), answer)
      await client.whenClosed()
    })
  }

  test('a topic name of 64 of the allowed characters is taken', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    const topic = `${freshTopic()}._-${'Z'.repeat(64)}`.slice(0, 64)
    await client.publish(topic, 'x')
    assert.equal((await topicStats(nsqd.http, topic))?.depth, 1)
  })
})
