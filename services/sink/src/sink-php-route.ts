import { type App, ProblemError, ProblemSchema } from '@livepods/http'
import { contentFrom, MAX_BODY_BYTES } from '@livepods/messages'
import { Type } from 'typebox'
import { entryOf } from './entry.ts'
import { ANSWER_WITHIN_MS } from './limits.ts'
import type { MessageRoutesOptions } from './message-routes.ts'
import { originOf } from './origin.ts'

/** The address and the answer of the original sink. A body of any type is the message; a request that is sent twice is logged twice. */
export async function sinkPhpRoute(app: App, { writer, relays, ownStream }: MessageRoutesOptions): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.post(
    '/sink.php',
    {
      bodyLimit: MAX_BODY_BYTES,
      config: {
        role: 'submit',
        answerWithinMs: ANSWER_WITHIN_MS,
        isFrequent: true,
        describedBody: { content: { 'text/plain': { schema: Type.String() } } },
      },
      schema: {
        summary: 'Log a message, as the original sink does',
        response: {
          200: { content: { 'text/plain': { schema: Type.String() } } },
          413: ProblemSchema,
          503: ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const origin = originOf(request, relays.heard(request))
      const [result] = await writer.take([entryOf({ content: contentFrom(body) }, ownStream, origin)])
      if (result?.result !== 'taken') throw new ProblemError(500, 'The message was not taken; the log says why.')
      return reply.type('text/plain; charset=utf-8').send(`Logged message from ${request.ip}`)
    },
  )
}
