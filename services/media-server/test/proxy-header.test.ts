import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { ProtocolError } from '../src/protocol-error.ts'
import { parseProxyHeader } from '../src/rtmp/proxy-header.ts'
import { testEngines } from './support/engines.ts'
import { RtmpPeer } from './support/rtmp-peer.ts'
import { rtmpServer } from './support/rtmp-server.ts'

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

function version2(command: number, family: number, ...body: number[]): Buffer {
  return Buffer.concat([SIGNATURE, Buffer.of(command, family, body.length >> 8, body.length & 255, ...body)])
}

const IPV4 = [198, 51, 100, 7, 192, 0, 2, 1, 195, 80, 7, 143]
const IPV6 = [0x20, 1, 0xd, 0xb8, ...Array<number>(11).fill(0), 7, ...Array<number>(16).fill(1), 195, 80, 7, 143]

const HEADERS: [string, Buffer, string | undefined][] = [
  ['version 1, IPv4', Buffer.from('PROXY TCP4 198.51.100.7 192.0.2.1 50000 1935\r\n'), '198.51.100.7'],
  ['version 1, IPv6', Buffer.from('PROXY TCP6 2001:db8::7 2001:db8::1 50000 1935\r\n'), '2001:db8::7'],
  ['version 1, of the proxy itself', Buffer.from('PROXY UNKNOWN\r\n'), undefined],
  ['version 2, IPv4', version2(0x21, 0x11, ...IPV4), '198.51.100.7'],
  ['version 2, IPv6', version2(0x21, 0x21, ...IPV6), '2001:db8::7'],
  ['version 2, with more behind the addresses', version2(0x21, 0x11, ...IPV4, 4, 0, 1, 0), '198.51.100.7'],
  ['version 2, of the proxy itself', version2(0x20, 0), undefined],
]
for (const [title, header, address] of HEADERS)
  test(`the PROXY header of ${title} is read once it is whole, and nothing behind it`, () => {
    for (let length = 0; length < header.length; length++)
      assert.equal(parseProxyHeader(header.subarray(0, length)), undefined, `${length} bytes`)
    const found = parseProxyHeader(Buffer.concat([header, Buffer.of(3, 1, 2)]))
    assert.deepEqual(found, { length: header.length, address })
  })

const WRONG: [string, Buffer][] = [
  ['no header', Buffer.of(3, 0, 0, 0)],
  ['a line without an end', Buffer.from(`PROXY TCP4 ${'1'.repeat(120)}`)],
  ['an address that is none', Buffer.from('PROXY TCP4 198.51.100.700 192.0.2.1 50000 1935\r\n')],
  ['an address of another family', Buffer.from('PROXY TCP6 198.51.100.7 192.0.2.1 50000 1935\r\n')],
  ['another version', version2(0x31, 0x11, ...IPV4)],
  ['a path instead of an address', version2(0x21, 0x31, ...IPV4)],
  ['an address that is cut off', version2(0x21, 0x11, 198, 51)],
  ['a length that nobody needs', Buffer.concat([SIGNATURE, Buffer.of(0x21, 0x11, 255, 255)])],
]
for (const [title, header] of WRONG)
  test(`refused: ${title}`, () => assert.throws(() => parseProxyHeader(header), ProtocolError))

testEngines(
  'behind a load balancer with the PROXY protocol the client is who it says, and others are closed',
  async (engine) => {
    await using server = await rtmpServer({ engine, listener: { hasProxyHeader: true } })
    const [[, header]] = HEADERS as [(typeof HEADERS)[number]]
    using publisher = await RtmpPeer.open(server.port, { before: header })
    assert.equal((await publisher.publish('key')).code, 'NetStream.Publish.Start')
    await eventually(() => assert.equal(server.hub.list()[0]?.publisher?.client, '198.51.100.7'))
    using stranger = await RtmpPeer.open(server.port)
    await stranger.closed()
  },
)
