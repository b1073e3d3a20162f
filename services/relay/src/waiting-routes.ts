import { type App, ProblemError, ProblemSchema } from '@livepods/http'
import { type Static, Type } from 'typebox'
import type { DeadLetters } from './dead-letters.ts'
import type { Intake } from './intake.ts'
import { PAGE } from './limits.ts'
import type { Pump } from './pump.ts'

const When = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])

const WaitingSchema = Type.Object({
  name: Type.String(),
  stream: Type.String({ description: 'of the messages that the relay numbers' }),
  messages: Type.Integer({ description: 'stored, and not delivered' }),
  bytes: Type.Integer(),
  since: When,
  parked: Type.Object(
    {
      streams: Type.Integer(),
      messages: Type.Integer(),
      bytes: Type.Integer(),
      isFull: Type.Boolean({ description: 'new messages of these streams get 503' }),
      missing: Type.Array(Type.Object({ stream: Type.String(), expected: Type.Integer() }), {
        description: 'the first streams that lack a message which this relay does not have, and its number',
      }),
    },
    { description: 'streams that lack messages at the sink, and what waits of them' },
  ),
  deadLetters: Type.Integer(),
  sink: Type.Object({
    url: Type.String(),
    state: Type.String({ description: 'up; down: it does not answer; paused: it refuses the relay, whatever is sent' }),
    fault: Type.Union([Type.String(), Type.Null()]),
    since: When,
    retryAt: When,
  }),
})

export type Waiting = Static<typeof WaitingSchema>

export interface WaitingRoutesOptions {
  waiting: () => Waiting
  deadLetters: Pick<DeadLetters, 'list' | 'replay' | 'remove'>
  intake: Pick<Intake, 'store'>
  pump: Pick<Pump, 'replay'>
}

const DeadLetterSchema = Type.Object({
  id: Type.String(),
  stream: Type.String(),
  seq: Type.Integer(),
  status: Type.Integer(),
  reason: Type.String(),
  refusedAt: Type.String({ format: 'date-time' }),
})

const Id = Type.Object({ id: Type.String({ maxLength: 256 }) })

/** What is not delivered. */
export async function waitingRoutes(
  app: App,
  { waiting, deadLetters, intake, pump }: WaitingRoutesOptions,
): Promise<void> {
  app.get(
    '/v1/waiting',
    {
      config: { role: 'read' },
      schema: { summary: 'What waits, and whether the sink takes messages', response: { 200: WaitingSchema } },
    },
    async () => waiting(),
  )

  app.post(
    '/v1/replay',
    {
      config: { role: 'manage' },
      schema: {
        summary: 'Deliver all that is kept again',
        description:
          'After a database came back from a backup. The sink drops what it has; a plain sink gets it twice.',
        response: { 202: Type.Object({ messages: Type.Integer({ description: 'so many are kept' }) }) },
      },
    },
    async (_, reply) => reply.code(202).send({ messages: pump.replay() }),
  )

  app.get(
    '/v1/dead-letters',
    {
      config: { role: 'read' },
      schema: {
        summary: 'Messages that the sink refused for good, oldest first',
        querystring: Type.Object({ after: Type.Optional(Id.properties.id) }, { additionalProperties: false }),
        response: {
          200: Type.Object({
            deadLetters: Type.Array(DeadLetterSchema),
            next: Type.Union([Type.String(), Type.Null()], { description: '`after` of the next page' }),
          }),
        },
      },
    },
    async ({ query: { after } }) => {
      const page = deadLetters.list({ after, limit: PAGE })
      return { deadLetters: page, next: page.length === PAGE ? (page.at(-1)?.id ?? null) : null }
    },
  )

  app.post(
    '/v1/dead-letters/:id/replay',
    {
      config: { role: 'manage' },
      schema: {
        summary: 'Send a dead letter to the sink again',
        description: 'It takes the place of its tombstone. When the sink refuses it again, it is a dead letter again.',
        params: Id,
        response: {
          202: Type.Object({ stream: Type.String(), seq: Type.Integer() }),
          404: ProblemSchema,
          503: ProblemSchema,
          507: ProblemSchema,
        },
      },
    },
    async ({ params: { id } }, reply) => {
      const stored = await deadLetters.replay(id, (message) => intake.store(message))
      if (!stored) throw noSuch(id)
      return reply.code(202).send({ stream: stored.stream, seq: stored.seq })
    },
  )

  app.delete(
    '/v1/dead-letters/:id',
    {
      config: { role: 'manage' },
      schema: { summary: 'Give up a dead letter', params: Id, response: { 204: Type.Null(), 404: ProblemSchema } },
    },
    async ({ params: { id } }, reply) => {
      if (!(await deadLetters.remove(id))) throw noSuch(id)
      return reply.code(204).send(null)
    },
  )
}

function noSuch(id: string): ProblemError {
  return new ProblemError(404, `There is no dead letter ${id}.`)
}
