import type { Readable } from 'node:stream'
import { type App, ProblemError, ProblemSchema } from '@livepods/http'
import {
  formatResults,
  InvalidMessageError,
  type Message,
  type RequestBody,
  type Result,
  readBatch,
  readMessage,
  WireMessageSchema,
} from '@livepods/messages'
import { ConcurrencyLimit } from '@livepods/service'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { entryOf } from './entry.ts'
import { ANSWER_WITHIN_MS, MAX_CONCURRENT_BATCHES } from './limits.ts'
import { originOf } from './origin.ts'
import type { Relays } from './relays.ts'
import type { Writer } from './writer.ts'

export interface MessageRoutesOptions {
  writer: Pick<Writer, 'take'>
  relays: Pick<Relays, 'heard'>
  /** The stream of messages that have no number. */
  ownStream: string
}

const ResultSchema = Type.Object({ result: Type.Union([Type.Literal('taken'), Type.Literal('duplicate')]) })

const Problems = { 400: ProblemSchema, 413: ProblemSchema, 415: ProblemSchema, 503: ProblemSchema }

const config = { role: 'submit', answerWithinMs: ANSWER_WITHIN_MS, isFrequent: true } as const

const ndjson = Type.String({ description: 'a message in JSON on each line, which ends with a line feed' })

/** Messages from relays, and from anybody who numbers them. */
export async function messageRoutes(app: App, options: MessageRoutesOptions): Promise<void> {
  app.removeAllContentTypeParsers()
  // Read by packages/messages, which knows gzip and the limits of messages.
  app.addContentTypeParser(['application/json', 'application/x-ndjson'], (_request, payload, done) =>
    done(null, payload),
  )

  app.post(
    '/v1/messages',
    {
      config: { ...config, describedBody: { content: { 'application/json': { schema: WireMessageSchema } } } },
      schema: {
        summary: 'Send one message',
        description: `200 when it is committed, or was before with the same body. 409: messages of its stream before it are missing, from the
          number \`expected\` on. 422: its number was used for another body. 410: its number was used so long ago that the bodies cannot be
          compared any more. Without stream and seq the sink numbers it.`,
        response: {
          200: ResultSchema,
          409: Type.Object({ ...ProblemSchema.properties, expected: Type.Integer() }),
          410: ProblemSchema,
          422: ProblemSchema,
          ...Problems,
        },
      },
    },
    async (request) => {
      requireType(request, 'application/json')
      const [result] = await take([await readMessage(bodyOf(request))], request, options)
      return answerOf(result)
    },
  )

  const limit = new ConcurrencyLimit({ atOnce: MAX_CONCURRENT_BATCHES, full: busy })
  app.post(
    '/v1/messages/batch',
    {
      onRequest: async (_request, reply) => {
        const slot = await limit.acquire()
        reply.raw.once('close', () => slot[Symbol.dispose]())
      },
      config: { ...config, describedBody: { content: { 'application/x-ndjson': { schema: ndjson } } } },
      schema: {
        summary: 'Send up to 10 000 messages',
        description: `200 with a result on each line, in the order of the messages: \`taken\`; \`duplicate\`; \`expected\` with the number
          \`seq\` that its stream needs first; \`refused\` with \`status\` and \`detail\`. Safe to send again.`,
        response: { 200: { content: { 'application/x-ndjson': { schema: Type.String() } } }, ...Problems },
      },
    },
    async (request, reply) => {
      requireType(request, 'application/x-ndjson')
      const results = await take(await readBatch(bodyOf(request)), request, options)
      return reply.type('application/x-ndjson').send(formatResults(results))
    },
  )
}

async function take(
  messages: readonly (Message | InvalidMessageError)[],
  request: FastifyRequest,
  { writer, relays, ownStream }: MessageRoutesOptions,
): Promise<Result[]> {
  const origin = originOf(request, relays.heard(request))
  const entries = messages.flatMap((message) =>
    message instanceof InvalidMessageError ? [] : [entryOf(message, ownStream, origin)],
  )
  const taken = (await writer.take(entries)).values()
  return messages.map((message) =>
    message instanceof InvalidMessageError
      ? { result: 'refused', status: message.status, detail: message.message }
      : (taken.next().value as Result),
  )
}

function answerOf(result: Result | undefined) {
  switch (result?.result) {
    case 'taken':
    case 'duplicate':
      return result
    case 'expected':
      throw new ProblemError(409, `The stream has all messages before ${result.seq}; send that one first.`, {
        fields: { expected: result.seq },
      })
    case 'refused':
      throw new ProblemError(result.status, `${result.detail}.`)
    case undefined:
      throw new Error('There is no result for the message.')
  }
}

function bodyOf({ body, headers }: FastifyRequest): RequestBody {
  return { body: body as Readable, encoding: headers['content-encoding'] }
}

function requireType({ headers }: FastifyRequest, type: string): void {
  if (headers['content-type']?.split(';', 1)[0]?.trim() !== type)
    throw new ProblemError(415, `The content-type must be ${type}.`)
}

function busy(): ProblemError {
  return new ProblemError(
    503,
    `${MAX_CONCURRENT_BATCHES} batches are being taken already. Send it again in a second.`,
    {
      headers: { 'retry-after': '1' },
    },
  )
}
