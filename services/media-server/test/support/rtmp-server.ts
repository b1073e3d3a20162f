import { createLog } from '@livepods/service'
import { Hub, type HubOptions } from '../../src/hub/hub.ts'
import { RtmpListener, type RtmpListenerOptions } from '../../src/rtmp/rtmp-listener.ts'
import { SEGMENTS } from './segments.ts'

const log = createLog('test', 'silent')

export interface RtmpServer extends AsyncDisposable {
  hub: Hub
  port: number
  url: string
}

/** A hub and its RTMP listener, on a port of its own. */
export async function rtmpServer({
  hub: hubOptions = {},
  listener: listenerOptions = {},
}: {
  hub?: Partial<HubOptions>
  listener?: Partial<RtmpListenerOptions>
} = {}): Promise<RtmpServer> {
  const hub = new Hub({ log, policy: 'own', batchMs: 0, graceMs: 15_000, ...SEGMENTS, ...hubOptions })
  const listener = await RtmpListener.listen({ host: '127.0.0.1', port: 0, streams: hub, log, ...listenerOptions })
  return {
    hub,
    port: listener.port,
    url: `rtmp://127.0.0.1:${listener.port}`,
    [Symbol.asyncDispose]: async () => {
      hub.close()
      await listener[Symbol.asyncDispose]()
    },
  }
}
