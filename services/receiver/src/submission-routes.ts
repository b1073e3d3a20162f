import { Readable } from 'node:stream'
import { type App, ProblemError, ProblemSchema, strict } from '@livepods/http'
import { PathRefusedError } from '@livepods/images'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { BATCH_LIMITS, BATCH_WITHIN_MS, UPLOAD_WITHIN_MS } from './limits.ts'
import { type Origin, originOf } from './origin.ts'
import { ReceiptSchema, RefusedSchema, receiptOf, TakenSchema } from './receipt.ts'
import type { LimitRequests } from './request-limit.ts'
import { requestSignal } from './request-signal.ts'
import { UPLOAD_TYPES } from './staged-upload.ts'
import type { Receipt } from './submissions.ts'
import { readBytes, takeBytes } from './upload-bytes.ts'
import { FormResultsSchema, readForms, takeForm } from './upload-form.ts'
import type { Uploads } from './uploads.ts'

export interface Submitting {
  check(path: string): void
  submit(path: string, origin: Origin, key?: string): Promise<Receipt>
  submitAll(paths: unknown[], origin: Origin, signal?: AbortSignal): Promise<(Receipt | PathRefusedError)[]>
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
    result: TakenSchema,
    ...ReceiptSchema.properties,
  }),
  Type.Object({ result: RefusedSchema, detail: Type.String() }),
])

interface Parts {
  submissions: Submitting
  uploads: Pick<Uploads, 'take' | 'maxBytes'>
  limitBatches: LimitRequests
  limitUploads: LimitRequests
}

const path = Type.String({ description: 'relative to the folder of unknown people, or /unknown_people/…' })
const PathBody = strict({ path })

const binary = Type.String({ format: 'binary' })

/** What POST /v1/images takes, for its description. */
const SubmissionBody = {
  content: {
    'application/json': { schema: Type.Object({ path }) },
    ...Object.fromEntries(UPLOAD_TYPES.map((type) => [type, { schema: binary }])),
    'multipart/form-data': { schema: Type.Object({ photos: Type.Array(binary) }) },
  },
}

/** Photos come in by their paths or as bytes, one or many. */
export function submissionRoutes(app: App, { submissions, uploads, limitBatches, limitUploads }: Parts): void {
  readBytes(app, uploads)
  readForms(app)
  app.addHook('onRequest', refuseCompressed)

  app.post(
    '/v1/images',
    {
      onRequest: async (request, reply) => {
        if (isUploading(request.headers['content-type'])) await limitUploads(request, reply)
      },
      config: { role: 'submit', answerWithinMs: UPLOAD_WITHIN_MS, describedBody: SubmissionBody },
      schema: {
        summary: 'Submit a photo: its path, its bytes, or a form with several',
        description: `202: accepted, its row is committed. 200: this path was there already (for bytes: the same bytes), and keeps its id. One that is
          EXHAUSTED or MISSING is due again then, and one that is UNREADABLE, NO_FACE or REFUSED when its file has changed since it was
          read: once a minute at most, and not for an Idempotency-Key that was sent before;
          for a form: a result for each of its files. A URL is never fetched.`,
        headers: Key,
        // The bytes of photos have no schema: they are checked while they arrive.
        body: { content: { 'application/json': { schema: PathBody } } },
        response: {
          202: ReceiptSchema,
          200: Type.Union([ReceiptSchema, FormResultsSchema]),
          ...Problems,
          415: ProblemSchema,
          422: ProblemSchema,
          507: ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      if (request.isMultipart()) return { results: await takeForm(uploads, request, reply) }
      const receipt =
        request.body instanceof Readable
          ? await takeBytes(uploads, request, reply)
          : await submissions.submit(pathOf(request.body), originOf(request), request.headers['idempotency-key'])
      const told = receiptOf(receipt)
      reply.header('location', told.href)
      return receipt.isNew ? reply.code(202).send(told) : reply.code(200).send(told)
    },
  )

  app.post(
    '/v1/images/batch',
    {
      config: { role: 'submit' },
      bodyLimit: BATCH_LIMITS.bytes,
      onRequest: limitBatches,
      schema: {
        summary: 'Submit up to 10 000 photos',
        description:
          'One result per path, in their order; a refused one does not fail the rest. Safe to send again: what failed is due again as with one photo.',
        body: strict({ paths: Type.Array(Type.Unknown(), { minItems: 1, maxItems: BATCH_LIMITS.items }) }),
        response: { 200: Type.Object({ results: Type.Array(ItemSchema) }), ...Problems },
      },
    },
    async (request, reply) => {
      const outcomes = await submissions.submitAll(
        request.body.paths,
        originOf(request),
        requestSignal(reply, BATCH_WITHIN_MS),
      )
      return { results: outcomes.map(itemOf) }
    },
  )
}

/** The path in a body: JSON was validated against its schema, any other body is not an object. */
function pathOf(body: unknown): string {
  if (typeof body === 'object' && body !== null) return (body as Static<typeof PathBody>).path
  throw new ProblemError(400, 'body must be object: {"path": "…"}, or the bytes of a photo.')
}

async function refuseCompressed({ headers }: FastifyRequest): Promise<void> {
  const { 'content-encoding': encoding = 'identity' } = headers
  if (encoding !== 'identity') throw new ProblemError(415, 'A compressed body is not read. Send the photo as it is.')
}

const isUploading = (contentType = '') => /^(image|multipart)\//i.test(contentType)

function itemOf(outcome: Receipt | PathRefusedError) {
  if (outcome instanceof PathRefusedError) return { result: 'refused' as const, detail: outcome.message }
  return { result: outcome.isNew ? ('accepted' as const) : ('duplicate' as const), ...receiptOf(outcome) }
}
