import { type App, ProblemError, ProblemSchema, strict } from '@livepods/http'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { ClientDirectory } from '../clients/client-directory.ts'
import type { Streams } from '../hub/streams.ts'
import { parseStreamName } from '../stream-name.ts'
import { describeAsXiu, type XiuStream } from './xiu-stream.ts'

interface Parts {
  hub: Pick<Streams, 'list'>
  clients: ClientDirectory
}

const word = Type.String({ maxLength: 512 })
const IdentifierSchema = Type.Union([
  strict({ rtmp: strict({ app_name: word, stream_name: word }) }),
  strict({ rtsp: strict({ stream_path: word }) }),
  strict({ webrtc: strict({ app_name: word, stream_name: word }) }),
])
const EnvelopeSchema = Type.Object({
  error_code: Type.Integer({ description: '0, or -1: the request failed' }),
  desp: Type.String({ description: 'succ or failed' }),
  data: Type.Unknown({ description: 'what was asked for, or why there is none' }),
})
const relayed = strict({
  id: word,
  identifier: Type.Optional(Type.Unknown()),
  server_address: Type.Optional(word),
  relay_type: Type.Union([Type.Literal('Pull'), Type.Literal('Push')]),
})

/** What xiu's API has, in its shapes; of several replicas any one answers for all. */
export function xiuRoutes(app: App, { hub, clients }: Parts): void {
  app.get(
    '/api/query_whole_streams',
    {
      config: { role: 'read' },
      schema: {
        summary: 'All streams as xiu describes them',
        description:
          'With `top` so many, those with the most viewers first. Where there is no stream `data` is {}, as there.',
        querystring: strict({ top: Type.Optional(Type.Integer({ minimum: 0 })) }),
        response: { 200: EnvelopeSchema },
      },
    },
    async ({ query: { top } }, reply) => {
      const streams = describeAsXiu(hub.list(), await clients.list())
      const wanted = top === undefined ? streams : mostWatched(streams, top)
      return succeeded(reply, wanted.length === 0 ? {} : wanted)
    },
  )

  app.post(
    '/api/query_stream',
    {
      config: { role: 'read' },
      schema: {
        summary: 'One stream as xiu describes it',
        description: 'With `uuid` only that one of its viewers; with that of its publisher none.',
        body: strict({ identifier: IdentifierSchema, uuid: Type.Optional(word) }),
        response: { 200: EnvelopeSchema },
      },
    },
    async ({ body: { identifier, uuid } }, reply) => {
      if (!('rtmp' in identifier)) return failed(reply, 'All streams are named as those of rtmp.')
      const { app_name, stream_name } = identifier.rtmp
      const name = parseStreamName(`${app_name}/${stream_name}`)
      const reports = hub.list().filter((report) => report.name === name)
      if (name === undefined || reports.length === 0)
        return failed(reply, `Nobody publishes ${`${app_name}/${stream_name}`.slice(0, 200)} now.`)
      const streams = describeAsXiu(reports, await clients.list(name))
      return succeeded(reply, uuid === undefined ? streams : streams.map((stream) => onlyViewer(stream, uuid)))
    },
  )

  app.post(
    '/api/kick_off_client',
    {
      config: { role: 'manage' },
      schema: {
        summary: 'End a publisher or a viewer by its id',
        description: 'It may come again; a viewer of HLS or DASH only after it has asked for nothing for 30 s.',
        body: strict({ uuid: word }),
        response: { 200: Type.String(), 404: ProblemSchema },
      },
    },
    async ({ body: { uuid }, actor, log }, reply) => {
      if (!(await clients.kick(uuid))) throw new ProblemError(404, 'Nobody here has this uuid.')
      log.info({ actor, client: uuid }, 'client ended')
      return reply.type('text/plain').send('ok')
    },
  )

  for (const verb of ['start', 'stop'])
    app.post(
      `/api/${verb}_relay_stream`,
      {
        config: { role: 'manage' },
        schema: { summary: `Refused: ${NO_RELAYS}`, body: relayed, response: { 501: EnvelopeSchema } },
      },
      async (_request, reply) => await failed(reply.code(501), NO_RELAYS),
    )
}

const NO_RELAYS = 'No stream is fetched from other servers or sent to them; replicas share theirs by MEDIA_PEERS.'

function succeeded(reply: FastifyReply, data: unknown) {
  return reply.header('cache-control', 'no-store').send({ error_code: 0, desp: 'succ', data })
}

function failed(reply: FastifyReply, data: string) {
  return reply.header('cache-control', 'no-store').send({ error_code: -1, desp: 'failed', data })
}

function mostWatched(streams: XiuStream[], count: number): XiuStream[] {
  return streams.sort((one, other) => other.subscriber_count - one.subscriber_count).slice(0, count)
}

function onlyViewer(stream: XiuStream, id: string): XiuStream {
  const viewer = stream.subscribers[id]
  return { ...stream, subscribers: viewer ? { [id]: viewer } : {} }
}
