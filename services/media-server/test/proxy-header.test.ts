import assert from 'node:assert/strict'
import { eventually, proxyHeader2 } from '@livepods/testing'
import { testEngines } from './support/engines.ts'
import { RtmpPeer } from './support/rtmp-peer.ts'
import { rtmpServer } from './support/rtmp-server.ts'

testEngines(
  'behind a load balancer with the PROXY protocol the client is who it says, and others are closed',
  async (engine) => {
    await using server = await rtmpServer({ engine, listener: { hasProxyHeader: true } })
    const headers = {
      '198.51.100.7': Buffer.from('PROXY TCP4 198.51.100.7 192.0.2.1 50000 1935\r\n'),
      '2001:db8::7': proxyHeader2({ source: '2001:db8::7' }),
      // The proxy's own connection, such as its health check.
      '127.0.0.1': proxyHeader2({ source: '198.51.100.8', command: 0x20 }),
    }
    for (const [client, header] of Object.entries(headers)) {
      using publisher = await RtmpPeer.open(server.port, { before: header })
      assert.equal(
        (await publisher.publish(`of ${client}`.replaceAll(/[^a-z0-9]/g, '-'))).code,
        'NetStream.Publish.Start',
      )
      await eventually(() => assert.ok(server.hub.list().some(({ publisher }) => publisher?.client === client)))
    }
    for (const wrong of [undefined, Buffer.from('PROXY TCP4 198.51.100.700 192.0.2.1 50000 1935\r\n')]) {
      using stranger = await RtmpPeer.open(server.port, wrong && { before: wrong })
      await stranger.closed()
    }
  },
)
