import { type App, ProblemError } from '@livepods/http'
import type { FastifyRequest } from 'fastify'
import { isConflict } from '../cluster/errors.ts'
import { nameOf, type Workload } from '../cluster/workload.ts'
import type { Reconciler } from '../reconciler.ts'
import { isDigest } from '../registry/reference.ts'
import type { Changes } from '../rollout/changes.ts'
import { approve, type Order, undo } from '../rollout/orders.ts'

export interface OrderRoutesOptions {
  reconciler: Pick<Reconciler, 'workloads' | 'reports'>
  changes: Changes
  mode: 'roll' | 'report'
}

const MAX_BYTES = 8 * 1024
const config = { role: 'manage' } as const
const schema = { hide: true }

/** What people do on the page. Any replica may: the API server refuses a change of something that is newer by then. */
export function orderRoutes(app: App, { reconciler, changes, mode }: OrderRoutesOptions): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: MAX_BYTES },
    async (_request: unknown, body: string) => new URLSearchParams(body),
  )

  app.post('/approve', { config, schema }, async (request, reply) => {
    const { order, form } = read(request)
    const digest = form.get('digest') ?? ''
    if (!isDigest(digest)) throw new ProblemError(400, 'The form names no digest.')
    await atNewest(order, (order) => approve(changes, order, digest))
    return await reply.redirect('/', 303)
  })

  app.post('/undo', { config, schema }, async (request, reply) => {
    const { order, wanted } = read(request)
    await atNewest(order, (order) => undo(changes, order, wanted))
    return await reply.redirect('/', 303)
  })

  /** Once more where only its status or a note of ours is newer than what the watch has told. */
  async function atNewest(order: Order, carryOut: (order: Order) => Promise<Workload>): Promise<void> {
    try {
      await carryOut(order)
    } catch (error) {
      if (!isConflict(error)) throw error
      const workload = await changes.read(order.workload)
      const container = workload.containers.find(({ name }) => name === order.container.name)
      if (container?.image !== order.container.image) throw error
      await carryOut({ ...order, workload, container })
    }
  }

  function read({ body, actor }: FastifyRequest): { order: Order; form: URLSearchParams; wanted: string | undefined } {
    const form = body instanceof URLSearchParams ? body : new URLSearchParams()
    const name = form.get('workload')
    const workload = reconciler.workloads.find((one) => nameOf(one) === name)
    const container = workload?.containers.find((one) => one.name === form.get('container'))
    if (!workload || !container) throw new ProblemError(404, 'There is no such container, or no longer.')
    if (mode === 'report') throw new ProblemError(409, 'MODE is report: nothing is changed here.')
    // Who changed it since the page was made sees it as it is now, before deciding.
    if (form.get('image') !== container.image)
      throw new ProblemError(409, 'It was changed meanwhile. Look at it again.')
    const report = reconciler.reports.find(({ workload }) => workload === name)
    const wanted = report?.containers.find((one) => one.container === container.name)?.wanted?.digest
    return { order: { workload, container, by: actor }, form, wanted }
  }
}
