import { createLog } from '@livepods/service'
import { Hub, type HubOptions } from '../../src/hub/hub.ts'
import type { Sink } from '../../src/hub/request.ts'
import { FakeClock } from './fake-clock.ts'
import { SEGMENTS } from './segments.ts'
import { TestViewer } from './viewer.ts'

export const NAME = 'live/key'

/** A hub whose time passes when a test says so. */
export class TestHub extends Hub {
  readonly clock: FakeClock
  /** Why publishers were closed. */
  readonly closed: string[] = []

  constructor(options: Partial<HubOptions> = {}) {
    const clock = new FakeClock()
    super({
      log: createLog('test', 'silent'),
      policy: 'own',
      batchMs: 0,
      graceMs: 15_000,
      ...SEGMENTS,
      clock,
      ...options,
    })
    this.clock = clock
  }

  on(owner?: string, client = 'one'): Promise<Sink> {
    const close = (reason: string) => this.closed.push(`${client}: ${reason}`)
    return this.publish({ name: NAME, protocol: 'rtmp', client, owner, close })
  }

  async watch(): Promise<TestViewer & { leave: () => void }> {
    const viewer = new TestViewer()
    const leave = await this.play({ name: NAME, protocol: 'http-flv', client: 'x' }, viewer.subscriber)
    return Object.assign(viewer, { leave })
  }

  get viewers(): number | undefined {
    return this.list()[0]?.viewers
  }
}
