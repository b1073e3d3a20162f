import { type App, ProblemError, ProblemSchema } from '@livepods/http'
import type { EventStream } from '@livepods/page'
import { Type } from 'typebox'
import type { Streams } from '../hub/streams.ts'
import type { StreamEvents } from '../stream-events.ts'
import { describeStream, StreamSchema } from './stream-schema.ts'

interface Parts {
  hub: Pick<Streams, 'list' | 'get' | 'kick'>
  events: Pick<StreamEvents, 'welcome'>
  listeners: EventStream
}

const params = Type.Object({
  app: Type.String({ description: 'several parts with %2F between them' }),
  key: Type.String(),
})

/** What is on air, for programs. */
export function streamRoutes(app: App, { hub, events, listeners }: Parts): void {
  app.get(
    '/v1/streams',
    {
      config: { role: 'read' },
      schema: {
        summary: 'All streams, by name',
        response: { 200: Type.Object({ streams: Type.Array(StreamSchema) }) },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      return { streams: hub.list().map(describeStream) }
    },
  )

  app.get(
    '/v1/streams/events',
    {
      config: { role: 'read', streams: true },
      // A stream that answers HEAD would never end.
      exposeHeadRoute: false,
      schema: {
        summary: 'All streams whenever they change, at most once a second, as server-sent events',
        description: 'Event "streams": what /v1/streams answers.',
      },
    },
    async (_request, reply) => {
      listeners.open(reply, events.welcome())
      return reply
    },
  )

  app.get(
    '/v1/streams/:app/:key',
    {
      config: { role: 'read' },
      schema: { summary: 'One stream', params, response: { 200: StreamSchema, 404: ProblemSchema } },
    },
    async ({ params: { app, key } }, reply) => {
      const stream = hub.get(`${app}/${key}`)
      if (!stream) throw absent(app, key)
      reply.header('cache-control', 'no-store')
      return describeStream(stream)
    },
  )

  app.delete(
    '/v1/streams/:app/:key',
    {
      config: { role: 'manage' },
      schema: {
        summary: 'End a stream for its publisher and its viewers',
        description: 'Its publisher may begin again: to keep it away, take its token away first.',
        params,
        response: { 204: Type.Null(), 404: ProblemSchema },
      },
    },
    async ({ params: { app, key } }, reply) => {
      if (!hub.kick(`${app}/${key}`)) throw absent(app, key)
      return reply.code(204).send(null)
    },
  )
}

function absent(app: string, key: string): ProblemError {
  return new ProblemError(404, `Nobody publishes ${`${app}/${key}`.slice(0, 200)} now.`)
}
