import { type App, ProblemSchema, strict } from '@livepods/http'
import { PathRefused } from '@livepods/images'
import { Type } from 'typebox'
import { givenUp } from './given-up.ts'
import type { Origin } from './image.ts'
import { hrefOf } from './image-routes.ts'
import { ReceiptSchema } from './image-schemas.ts'
import { BATCH_LIMITS, BATCH_WITHIN_MS } from './limits.ts'
import { originOf } from './origin.ts'
import type { Room } from './room.ts'
import type { Receipt } from './submissions.ts'

export interface Submitting {
  check(path: string): void
  submit(path: string, origin: Origin, key?: string): Promise<Receipt>
  submitAll(paths: unknown[], origin: Origin, signal?: AbortSignal): Promise<(Receipt | PathRefused)[]>
}

const Problems = { 400: ProblemSchema, 413: ProblemSchema, 503: ProblemSchema }

const Key = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[!-~]{1,255}$',
      description: 'the client’s name for this request: the same key never makes a second photo',
    }),
  ),
})

const ItemSchema = Type.Union([
  Type.Object({
    result: Type.Union([Type.Literal('accepted'), Type.Literal('duplicate')]),
    ...ReceiptSchema.properties,
  }),
  Type.Object({ result: Type.Literal('refused'), detail: Type.String() }),
])

/** Photos come in by their paths, one or many. */
export function submissionRoutes(app: App, { submissions, room }: { submissions: Submitting; room: Room }): void {
  app.post(
    '/v1/images',
    {
      config: { role: 'submit' },
      schema: {
        summary: 'Submit a photo',
        description: '202: accepted, its row is committed. 200: this path was there already, and keeps its id.',
        headers: Key,
        body: strict({
          path: Type.String({ description: 'relative to the folder of unknown people, or /unknown_people/…' }),
        }),
        response: { 202: ReceiptSchema, 200: ReceiptSchema, 422: ProblemSchema, ...Problems },
      },
    },
    async (request, reply) => {
      const key = request.headers['idempotency-key']
      const { id, status, isNew } = await submissions.submit(request.body.path, originOf(request), key)
      const href = hrefOf(id)
      reply.header('location', href)
      return isNew ? reply.code(202).send({ id, status, href }) : reply.code(200).send({ id, status, href })
    },
  )

  app.post(
    '/v1/images/batch',
    {
      config: { role: 'submit' },
      bodyLimit: BATCH_LIMITS.bytes,
      onRequest: room.enter,
      schema: {
        summary: 'Submit up to 10 000 photos',
        description: 'One result per path, in their order; a refused one does not fail the rest. Safe to send again.',
        body: strict({ paths: Type.Array(Type.Unknown(), { minItems: 1, maxItems: BATCH_LIMITS.items }) }),
        response: { 200: Type.Object({ results: Type.Array(ItemSchema) }), ...Problems },
      },
    },
    async (request, reply) => {
      const outcomes = await submissions.submitAll(
        request.body.paths,
        originOf(request),
        givenUp(reply, BATCH_WITHIN_MS),
      )
      return { results: outcomes.map(itemOf) }
    },
  )
}

function itemOf(outcome: Receipt | PathRefused) {
  if (outcome instanceof PathRefused) return { result: 'refused' as const, detail: outcome.message }
  const { id, status, isNew } = outcome
  return { result: isNew ? ('accepted' as const) : ('duplicate' as const), id, status, href: hrefOf(id) }
}
