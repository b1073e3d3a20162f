import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { int32, RawClient, sized } from '../support/raw-client.ts'
import { freshTopic, target } from '../support/target.ts'

const nsqd = await target()
after(() => nsqd[Symbol.asyncDispose]())

describe('IDENTIFY', () => {
  test('is answered OK, as a frame of type 0, byte for byte', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    client.send('IDENTIFY\n', sized('{"client_id":"me","hostname":"here"}'))
    const { bytes } = await client.frame()
    assert.deepEqual(bytes, Buffer.from('\0\0\0\x06\0\0\0\0OK'))
  })

  test('with feature negotiation is answered with what was agreed', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    const answer = JSON.parse(
      await client.identify({
        feature_negotiation: true,
        msg_timeout: 5000,
        sample_rate: 42,
        output_buffer_size: 1024,
      }),
    )
    assert.match(answer.version, /^\d+\.\d+\.\d+/)
    assert.deepEqual(
      { ...answer, version: '' },
      {
        max_rdy_count: 2500,
        version: '',
        max_msg_timeout: 900_000,
        msg_timeout: 5000,
        tls_v1: false,
        deflate: false,
        deflate_level: 6,
        max_deflate_level: 6,
        snappy: false,
        sample_rate: 42,
        auth_required: false,
        output_buffer_size: 1024,
        output_buffer_timeout: 250,
      },
    )
  })

  test('without msg_timeout gets the default of a minute', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    const answer = JSON.parse(await client.identify({ feature_negotiation: true, output_buffer_timeout: -1 }))
    assert.deepEqual([answer.msg_timeout, answer.output_buffer_timeout], [60_000, 0])
  })

  const invalid: [Record<string, number>, string][] = [
    [{ heartbeat_interval: 999 }, 'heartbeat interval (999)'],
    [{ heartbeat_interval: 60_001 }, 'heartbeat interval (60001)'],
    [{ output_buffer_size: 63 }, 'output buffer size (63)'],
    [{ output_buffer_timeout: 30_001 }, 'output buffer timeout (30001)'],
    [{ sample_rate: 100 }, 'sample rate (100)'],
    [{ sample_rate: -1 }, 'sample rate (-1)'],
    [{ msg_timeout: 999 }, 'msg timeout (999)'],
    [{ msg_timeout: 900_001 }, 'msg timeout (900001)'],
  ]
  for (const [fields, words] of invalid) {
    test(`refuses ${JSON.stringify(fields)} and closes`, async () => {
      using client = await RawClient.connect(nsqd.tcp)
      assert.equal(await client.identify(fields), `E_BAD_BODY IDENTIFY ${words} is invalid`)
      await client.whenClosed()
    })
  }

  for (const body of ['{', '[]', '{"msg_timeout":"1000"}', '{"feature_negotiation":1}']) {
    test(`refuses the body ${body} and closes`, async () => {
      using client = await RawClient.connect(nsqd.tcp)
      assert.equal(await client.ask('IDENTIFY\n', sized(body)), 'E_BAD_BODY IDENTIFY failed to decode JSON body')
      await client.whenClosed()
    })
  }

  for (const size of [0, -1, -0x8000_0000]) {
    test(`refuses a body of ${size} bytes and closes`, async () => {
      using client = await RawClient.connect(nsqd.tcp)
      assert.equal(await client.ask('IDENTIFY\n', int32(size)), `E_BAD_BODY IDENTIFY invalid body size ${size}`)
      await client.whenClosed()
    })
  }

  test('refuses a body of 2 GiB before any of it comes', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    const answer = await client.ask('IDENTIFY\n', int32(0x7fff_ffff))
    assert.equal(answer, 'E_BAD_BODY IDENTIFY body too big 2147483647 > 5242880')
    await client.whenClosed()
  })

  test('is refused after SUB', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    await client.subscribe(freshTopic(), 'ch')
    assert.equal(await client.identify({}), 'E_INVALID cannot IDENTIFY in current state')
    await client.whenClosed()
  })
})

describe('a connection', () => {
  test('with another magic gets E_BAD_PROTOCOL as an error frame and is closed', async () => {
    using client = await RawClient.connect(nsqd.tcp, '  V3')
    const { bytes } = await client.frame()
    assert.deepEqual(bytes, Buffer.from('\0\0\0\x12\0\0\0\x01E_BAD_PROTOCOL'))
    await client.whenClosed()
  })

  test('with an unknown command gets E_INVALID and is closed', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    assert.equal(await client.ask('HELLO there\n'), 'E_INVALID invalid command HELLO')
    await client.whenClosed()
  })

  test('may end its lines with CR LF and come in single bytes', async () => {
    using client = await RawClient.connect(nsqd.tcp, ' ')
    for (const byte of Buffer.concat([Buffer.from(' V2NOP\r\nIDENTIFY\r\n'), sized('{}')])) client.send(Buffer.of(byte))
    assert.equal(await client.text(), 'OK')
  })

  test('is told that AUTH is not enabled, and is closed', async () => {
    using client = await RawClient.connect(nsqd.tcp)
    assert.equal(await client.ask('AUTH\n', sized('secret')), 'E_AUTH_DISABLED AUTH disabled')
    await client.whenClosed()
  })
})
