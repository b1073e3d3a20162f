import type { Access } from '@livepods/access'
import { createLog } from '@livepods/service'
import { GuardedStreams } from '../../src/guarded-streams.ts'
import { Hub, type HubOptions } from '../../src/hub/hub.ts'
import type { CheckedAccess } from '../../src/hub/streams.ts'
import { loadEngine, type RtmpEngine } from '../../src/rtmp/engine.ts'
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
  engine = 'builtin',
  access,
  wrap = (hub) => hub,
}: {
  hub?: Partial<HubOptions>
  listener?: Partial<RtmpListenerOptions>
  engine?: RtmpEngine
  access?: Access
  /** What stands between the hub and the check of tokens. */
  wrap?: (hub: Hub) => CheckedAccess
} = {}): Promise<RtmpServer> {
  const hub = new Hub({ log, policy: 'own', batchMs: 0, graceMs: 15_000, ...SEGMENTS, ...hubOptions })
  const listener = await RtmpListener.listen({
    host: '127.0.0.1',
    port: 0,
    streams: new GuardedStreams(wrap(hub), { access }),
    log,
    engine: await loadEngine(engine),
    ...listenerOptions,
  })
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
