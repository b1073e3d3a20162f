import type { App } from '@livepods/http'
import { Type } from 'typebox'
import type { Lease } from './cluster/lease.ts'
import type { History } from './history.ts'
import { kustomization } from './kustomization.ts'
import type { Reconciler } from './reconciler.ts'

export interface StatusRoutesOptions {
  reconciler: Pick<Reconciler, 'reports' | 'faults'>
  lease: Pick<Lease, 'isHeld' | 'freeze'>
  mode: 'roll' | 'report'
}

const image = Type.String({ description: 'as the container has it' })

const StatusSchema = Type.Object({
  mode: Type.String(),
  isLeader: Type.Boolean({ description: 'this replica acts' }),
  freeze: Type.Optional(Type.String({ description: 'why nothing is rolled out: livepods.dev/freeze of the Lease' })),
  faults: Type.Array(Type.String({ description: 'why it does not see the cluster as it is' })),
  workloads: Type.Array(
    Type.Object({
      workload: Type.String(),
      fault: Type.Optional(Type.String()),
      containers: Type.Array(
        Type.Object({
          container: Type.String(),
          image,
          gate: Type.Optional(Type.String({ description: 'which gate does not let it through' })),
          former: Type.Optional(Type.String({ description: 'the image that an undo would bring back' })),
          phase: Type.Optional(
            Type.String({ description: 'rolling, soaking, done, undone, followed, held or contested' }),
          ),
          wanted: Type.Optional(Type.Object({ tag: Type.String(), digest: Type.String() })),
          why: Type.String(),
          waitsForYou: Type.Optional(
            Type.Literal(true, { description: 'it is paused, has no replicas, or replaces no pods by itself' }),
          ),
          warning: Type.Optional(Type.String()),
        }),
      ),
    }),
  ),
})

const HistorySchema = Type.Object({
  changes: Type.Array(
    Type.Object({
      at: Type.String({ format: 'date-time' }),
      workload: Type.String(),
      container: Type.String(),
      what: Type.String({
        description: 'rolled, done, soaked, undone, followed, held, contested, seen, waiting or approved',
      }),
      from: image,
      to: image,
      why: Type.String(),
    }),
  ),
})

/** How everything stands, and what was done. */
export function statusRoutes(
  app: App,
  { reconciler, lease, mode, history }: StatusRoutesOptions & { history: Pick<History, 'changes'> },
): void {
  const config = { role: 'read' } as const
  app.get(
    '/v1/status',
    { config, schema: { summary: 'Every watched container, and why it is as it is', response: { 200: StatusSchema } } },
    async () => ({
      mode,
      isLeader: lease.isHeld,
      ...(lease.freeze !== undefined && { freeze: lease.freeze }),
      faults: reconciler.faults,
      workloads: reconciler.reports,
    }),
  )
  app.get(
    '/v1/history',
    { config, schema: { summary: 'The last changes of any replica, newest first', response: { 200: HistorySchema } } },
    async () => ({ changes: [...history.changes] }),
  )
  app.get(
    '/v1/kustomization',
    {
      config,
      schema: {
        summary: 'A Component that sets the images to what is wanted, for git',
        response: { 200: { content: { 'application/yaml': { schema: Type.String() } } } },
      },
    },
    async (_request, reply) => await reply.type('application/yaml').send(kustomization(reconciler.reports)),
  )
}
