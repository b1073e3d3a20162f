import { type App, ProblemError, ProblemSchema } from '@livepods/http'
import { Type } from 'typebox'
import { MAX_SKIPPED } from './limits.ts'
import type { MessageStore } from './message-store.ts'
import type { ReportStore, StreamReport } from './report-store.ts'

export interface ReportRoutesOptions {
  store: Pick<MessageStore, 'skip'>
  reports: Pick<ReportStore, 'streams' | 'sinks' | 'relays'>
  /** Numbers that have been missing for so long may be skipped. */
  gapMinutes: number
}

const STREAMS = 1000

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const time = Type.String({ format: 'date-time' })

const StreamSchema = Type.Object({
  name: Type.String(),
  first: nullable(Type.Integer({ description: 'number of the first message that is still stored' })),
  last: nullable(Type.Integer({ description: 'number of the last message that was taken; all before it were, too' })),
  missing: Type.Integer({ description: 'numbers that the gap lacks' }),
  absent: Type.Integer({ description: 'numbers without a body: refused on their way, or skipped' }),
  duplicates: Type.Integer({ description: 'messages that came again, and were dropped' }),
  uncompared: Type.Integer({ description: 'numbers that came again after the first message was deleted; refused' }),
  conflicts: Type.Integer({ description: 'numbers that came again with another body; refused' }),
  gap: nullable(Type.Object({ from: Type.Integer(), to: Type.Integer(), since: time })),
  relay: nullable(Type.String()),
  sink: nullable(Type.String()),
  takenAt: nullable(time),
})

const ReportSchema = Type.Object({
  streams: Type.Array(StreamSchema),
  next: Type.Optional(Type.String({ description: '`after` of the next page' })),
  sinks: Type.Array(
    Type.Object({
      name: Type.String(),
      uuid: Type.String(),
      taken: Type.Integer(),
      unlogged: Type.Integer({ description: 'taken, and not in its log yet' }),
      seenAt: time,
      isAbsent: Type.Boolean(),
    }),
  ),
  relays: Type.Array(
    Type.Object({
      name: Type.String(),
      waiting: Type.Integer({ description: 'messages that waited there when it was heard of last' }),
      oldestAt: nullable(time),
      parked: Type.Integer({ description: 'those of them that wait behind a gap of their stream' }),
      deadLetters: Type.Integer(),
      seenAt: time,
      isAbsent: Type.Boolean(),
    }),
  ),
})

/** What came of all streams; and the decision to go on without messages that never came. */
export function reportRoutes(app: App, { store, reports, gapMinutes }: ReportRoutesOptions): void {
  app.get(
    '/v1/report',
    {
      config: { role: 'read' },
      schema: {
        summary: 'What was taken of each stream, by name; all sinks and relays',
        querystring: Type.Object({
          after: Type.String({ default: '', maxLength: 128 }),
          limit: Type.Integer({ minimum: 1, maximum: STREAMS, default: STREAMS }),
        }),
        response: { 200: ReportSchema, 503: ProblemSchema },
      },
    },
    async ({ query: { after, limit } }) => {
      const [streams, sinks, relays] = await Promise.all([
        reports.streams({ after, limit }),
        reports.sinks(),
        reports.relays(),
      ])
      const next = streams.length === limit ? streams.at(-1)?.name : undefined
      return {
        streams: streams.map(streamOf),
        ...(next !== undefined && { next }),
        sinks: sinks.map(({ seenAt, ...sink }) => ({ ...sink, seenAt: seenAt.toISOString() })),
        relays: relays.map(({ seenAt, oldestAt, ...relay }) => ({
          ...relay,
          oldestAt: oldestAt?.toISOString() ?? null,
          seenAt: seenAt.toISOString(),
        })),
      }
    },
  )

  app.post(
    '/v1/streams/:stream/skip',
    {
      config: { role: 'manage' },
      schema: {
        summary: 'Give up the numbers that a stream lacks',
        description: `At most ${MAX_SKIPPED} of them; ask again for more. 409 when there is no gap, or not for GAP_MINUTES yet. A message
          that comes later in spite of that is still taken, once, and marked as late in the log.`,
        params: Type.Object({ stream: Type.String({ maxLength: 128 }) }),
        response: {
          200: Type.Object({ from: Type.Integer(), to: Type.Integer() }),
          409: ProblemSchema,
          503: ProblemSchema,
        },
      },
    },
    async ({ params: { stream }, ip, actor, log }) => {
      const seconds = gapMinutes * 60
      const skipped = await store.skip(stream, { seconds, limit: MAX_SKIPPED, address: ip })
      if (!skipped) throw new ProblemError(409, `The stream lacks nothing, or not for ${gapMinutes} minutes yet.`)
      log.warn({ stream, ...skipped, actor }, 'missing messages skipped')
      return skipped
    },
  )
}

function streamOf({ gap, takenAt, ...stream }: StreamReport) {
  return {
    ...stream,
    gap: gap && { ...gap, since: gap.since.toISOString() },
    takenAt: takenAt?.toISOString() ?? null,
  }
}
