import { type App, ProblemError } from '@livepods/http'
import { type Frame, sendPage } from '@livepods/page'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { answerProblems } from './page-problems.ts'
import type { Answer, Receiver } from './receiver.ts'
import { problemPage } from './views/problem-page.ts'
import { type UploadResult, uploadPage } from './views/upload-page.ts'

interface Parts {
  frame: Frame
  receiver: Pick<Receiver, 'send'>
  /** Called when a photo was accepted: pages that are open may want to know at once. */
  accepted(): void
  failuresUrl?: string | undefined
}

const ANSWER_WITHIN_MS = 5 * 60_000
const TYPES = ['image/jpeg', 'image/png', 'image/webp']

/** Photos that people send: they go through to the receiver as they come. */
export function uploadRoutes(app: App, { frame, receiver, accepted, failuresUrl }: Parts): void {
  const pass = async (request: FastifyRequest, reply: FastifyReply): Promise<Answer> => {
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    const { 'content-type': contentType = '', 'content-length': contentLength } = request.headers
    const signal = gone.signal
    const { raw: body, id: requestId, ip: from } = request
    const answer = await receiver.send({ body, contentType, contentLength, requestId, from, signal })
    if (answer.status < 300) accepted()
    return answer
  }

  app.register(async (routes: App) => {
    unread(routes, '*')
    const schema = { summary: 'Send a photo: its bytes, as the receiver takes them', consumes: TYPES }
    routes.post(
      '/v1/images',
      { schema, config: { role: 'submit', answerWithinMs: ANSWER_WITHIN_MS } },
      async (request, reply) => {
        // What else the receiver takes has a form here, or is not for pages. Whether it is a photo its bytes say, there.
        if (/^(application\/json|multipart\/form-data)\b/i.test(request.headers['content-type'] ?? ''))
          throw new ProblemError(415, 'Only photos are taken here: send the bytes of a JPEG, PNG or WebP.')
        const { status, headers, text } = await pass(request, reply)
        const type = status < 300 ? 'application/json; charset=utf-8' : 'application/problem+json'
        return await reply.code(status).headers(headers).header('content-type', type).serializer(String).send(text)
      },
    )
  })

  app.register(async (pages: App) => {
    unread(pages, 'multipart/form-data')
    answerProblems(pages, frame, failuresUrl)
    const options = { schema: { hide: true }, config: { role: 'submit', answerWithinMs: ANSWER_WITHIN_MS } } as const
    pages.post('/photos', options, async (request, reply) => {
      const { status, headers, text } = await pass(request, reply)
      const answer = JSON.parse(text) as { results: UploadResult[]; detail?: string }
      if (status >= 300) {
        const problem = new ProblemError(status, answer.detail ?? 'The photo was not taken.', { headers })
        if (status !== 401) throw problem
        // It is this server's token that was refused: who is asked to sign in again could do nothing about it.
        return await sendPage(
          reply.headers(headers),
          problemPage(frame, problem, { requestId: request.id, failuresUrl }),
          status,
        )
      }
      if (answer.results.every(({ result }) => result === 'accepted')) return await reply.redirect('/', 303)
      return await sendPage(reply, uploadPage(frame, answer.results))
    })
  })
}

/** The body is for the receiver to read. */
function unread(app: App, types: string): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(types, async (_request: FastifyRequest, payload: FastifyRequest['raw']) => payload)
}
