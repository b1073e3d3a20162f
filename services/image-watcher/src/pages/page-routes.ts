import { mayDo } from '@livepods/access'
import type { App } from '@livepods/http'
import { type EventStream, type Frame, sendPage } from '@livepods/page'
import type { History } from '../history.ts'
import type { StatusRoutesOptions } from '../status-routes.ts'
import { deliveryPage } from './delivery-page.ts'

export interface PageRoutesOptions extends StatusRoutesOptions {
  frame: Frame
  history: Pick<History, 'changes'>
  listeners: EventStream
}

const config = { role: 'read' } as const
const schema = { hide: true }

/** What people open in a browser. */
export function pageRoutes(app: App, { frame, history, reconciler, lease, mode, listeners }: PageRoutesOptions): void {
  app.get('/', { config, schema }, async ({ role }, reply) => {
    const { reports, faults } = reconciler
    const { isHeld: isLeader, freeze } = lease
    const mayChange = mode === 'roll' && mayDo(role, 'manage')
    const view = { reports, faults, changes: history.changes, isLeader, freeze, mode, mayChange }
    return await sendPage(reply, deliveryPage(frame, view))
  })
  // A stream that answers HEAD would never end.
  const options = { config: { ...config, streams: true }, schema, exposeHeadRoute: false }
  app.get('/events', options, async (_request, reply) => {
    // The page may be older than the next change.
    listeners.open(reply, [['reload', 0]])
    return reply
  })
}
