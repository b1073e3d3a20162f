import { type App, ProblemError, ProblemSchema } from '@livepods/http'
import { PathRefusedError } from '@livepods/images'
import { within } from '@livepods/service'
import { Type } from 'typebox'
import { BATCH_LIMITS, BATCH_WITHIN_MS } from './limits.ts'
import { requestContextOf } from './request-context.ts'
import type { LimitRequests } from './request-limit.ts'
import { requestSignal } from './request-signal.ts'
import type { Submitter } from './submission-routes.ts'
import type { Receipt } from './submissions.ts'

// The response of kube-cluster-sample says that the message was sent, so it waits for the publish, but not longer than clients would.
const PUBLISH_WITHIN_MS = 2000

const PathBody = Type.Object({ path: Type.String() })
const PathsBody = Type.Object({ paths: Type.Array(PathBody, { minItems: 1, maxItems: BATCH_LIMITS.items }) })

const response = {
  200: { content: { 'text/plain': { schema: Type.String() } } },
  400: ProblemSchema,
  413: ProblemSchema,
  503: ProblemSchema,
}

/**
 * The endpoints of the receiver of kube-cluster-sample, with its texts. The body is parsed as JSON whatever its content type: `curl -d`
 * sends that of a form.
 */
export async function kubeClusterSampleRoutes(
  app: App,
  { submissions, limitBatches }: { submissions: Submitter; limitBatches: LimitRequests },
): Promise<void> {
  app.addHook('onRequest', async ({ headers }) => {
    headers['content-type'] = 'text/plain'
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, async (_request: unknown, body: string) => parse(body))

  app.post(
    '/image/post',
    {
      config: { role: 'submit' },
      schema: { summary: 'Submit a photo (kube-cluster-sample)', body: PathBody, response },
    },
    async (request, reply) => {
      const { path } = request.body
      const receipt = await submissions.submit(path, requestContextOf(request))
      await within(PUBLISH_WITHIN_MS, receipt.published, () => {})
      return reply
        .type('text/plain; charset=utf-8')
        .send(`got path: ${pathText(path)}\ngot paths: {Paths:[${pathText(path)}]}\n${receiptText(receipt)}`)
    },
  )

  app.post(
    '/images/post',
    {
      config: { role: 'submit' },
      bodyLimit: BATCH_LIMITS.bytes,
      onRequest: limitBatches,
      schema: { summary: 'Submit photos (kube-cluster-sample)', body: PathsBody, response },
    },
    async (request, reply) => {
      const paths = request.body.paths.map(({ path }) => path)
      const signal = requestSignal(reply, BATCH_WITHIN_MS)
      const results = await submissions.submitAll(paths, requestContextOf(request), signal)
      const receipts = results.filter((result): result is Receipt => !(result instanceof PathRefusedError))
      if (receipts.length === 0) throw noneTaken(results as PathRefusedError[])
      const published = Promise.all(receipts.map(({ published }) => published))
      await within<unknown>(PUBLISH_WITHIN_MS, published, () => {})
      const lines = results.map((result, index) =>
        result instanceof PathRefusedError ? refusalText(paths[index] as string, result) : receiptText(result),
      )
      return reply
        .type('text/plain; charset=utf-8')
        .send(`got paths: {Paths:[${paths.map(pathText).join(' ')}]}\n${lines.join('')}`)
    },
  )
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new ProblemError(400, `got error while decoding body: ${(error as Error).message}`, { cause: error })
  }
}

const pathText = (path: string): string => `{Path:${path}}`

function receiptText({ id, path, isNew }: Receipt): string {
  return isNew
    ? `image saved with id: ${id}\nimage sent to nsq\n`
    : `got error while saving image: image with path '${path}' already exists; moving on to next...`
}

function refusalText(path: string, { message }: PathRefusedError): string {
  return `got error while saving image: image with path '${path}' was refused: ${message} moving on to next...`
}

/** Which paths were refused, counted from 0, by reason. */
function noneTaken(refusals: PathRefusedError[]): ProblemError {
  const byReason = Map.groupBy(refusals.entries(), ([, { message }]) => message)
  const reasons = [...byReason].map(([message, refused]) => `${refused.map(([index]) => index).join(', ')}: ${message}`)
  return new ProblemError(400, `None of the paths was accepted. ${reasons.join(' ')}`)
}
