import { Readable } from 'node:stream'
import { type App, ProblemError, ProblemSchema, strict } from '@livepods/http'
import { PathRefusedError } from '@livepods/images'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { BATCH_LIMITS, BATCH_WITHIN_MS, UPLOAD_WITHIN_MS } from './limits.ts'
import { AcceptedOrDuplicateSchema, ReceiptSchema, RefusedSchema, receiptOf } from './receipt.ts'
import { type RequestContext, requestContextOf } from './request-context.ts'
import type { LimitRequests } from './request-limit.ts'
import { requestSignal } from './request-signal.ts'
import { UPLOAD_TYPES } from './staged-upload.ts'
import type { Receipt } from './submissions.ts'
import { acceptBytes, addPhotoParser } from './upload-bytes.ts'
import { acceptForm, addFormParser, FormResultsSchema } from './upload-form.ts'
import type { Uploads } from './uploads.ts'

export interface Submitter {
  submit(path: string, context: RequestContext, key?: string): Promise<Receipt>
  submitAll(paths: unknown[], context: RequestContext, signal?: AbortSignal): Promise<(Receipt | PathRefusedError)[]>
}

const Problems = { 400: ProblemSchema, 413: ProblemSchema, 503: ProblemSchema }

const Key = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[!-~]{1,255}$',
      description: 'chosen by the client for this request: the same key never makes a second photo',
    }),
  ),
})

const ItemSchema = Type.Union([
  Type.Object({
    result: AcceptedOrDuplicateSchema,
    ...ReceiptSchema.properties,
  }),
  Type.Object({ result: RefusedSchema, detail: Type.String() }),
])

interface Dependencies {
  submissions: Submitter
  uploads: Pick<Uploads, 'accept' | 'maxBytes'>
  limitBatches: LimitRequests
  limitUploads: LimitRequests
}

const path = Type.String({ description: 'relative to the folder of unknown people, or /unknown_people/…' })
const PathBody = strict({ path })

const binary = Type.String({ format: 'binary' })

/** The body of POST /v1/images, for the description of the API. */
const SubmissionBody = {
  content: {
    'application/json': { schema: Type.Object({ path }) },
    ...Object.fromEntries(UPLOAD_TYPES.map((type) => [type, { schema: binary }])),
    'multipart/form-data': { schema: Type.Object({ photos: Type.Array(binary) }) },
  },
}

/** Accepts photos by their paths or as bytes, one or many. */
export function submissionRoutes(app: App, { submissions, uploads, limitBatches, limitUploads }: Dependencies): void {
  addFormParser(app)
  app.addHook('onRequest', refuseCompressed)
  app.register(async (scope: App) => {
    addPhotoParser(scope, uploads)
    photoRoute(scope, { submissions, uploads, limitUploads })
  })

  app.post(
    '/v1/images/batch',
    {
      config: { role: 'submit' },
      bodyLimit: BATCH_LIMITS.bytes,
      onRequest: limitBatches,
      schema: {
        summary: 'Submit up to 10 000 photos',
        description:
          'One result per path, in their order; a refused one does not fail the rest. Safe to send again. Duplicates: as for POST /v1/images.',
        body: strict({ paths: Type.Array(Type.Unknown(), { minItems: 1, maxItems: BATCH_LIMITS.items }) }),
        response: { 200: Type.Object({ results: Type.Array(ItemSchema) }), ...Problems },
      },
    },
    async (request, reply) => {
      const results = await submissions.submitAll(
        request.body.paths,
        requestContextOf(request),
        requestSignal(reply, BATCH_WITHIN_MS),
      )
      return { results: results.map(itemOf) }
    },
  )
}

function photoRoute(app: App, { submissions, uploads, limitUploads }: Omit<Dependencies, 'limitBatches'>): void {
  app.post(
    '/v1/images',
    {
      onRequest: async (request, reply) => {
        if (!isJson(request.headers['content-type'])) await limitUploads(request, reply)
      },
      config: { role: 'submit', answerWithinMs: UPLOAD_WITHIN_MS, describedBody: SubmissionBody },
      schema: {
        summary: 'Submit a photo: its path, its bytes, or a form with several',
        description: `202: accepted, the photo is committed. 200 for a duplicate: a photo with this path (for bytes: with the same bytes)
          exists already and keeps its id. For a form: 200 with a result for each of its files. A duplicate of a failed photo makes it
          due again, once a minute at most and not for an Idempotency-Key that was sent before: one that is EXHAUSTED or MISSING, and one
          that is UNREADABLE, NO_FACE or REFUSED when its file has changed since it was read. A URL is never fetched.`,
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
      if (request.isMultipart()) return { results: await acceptForm(uploads, request, reply) }
      const receipt =
        request.body instanceof Readable
          ? await acceptBytes(uploads, request, reply)
          : await submissions.submit(
              pathOf(request.body),
              requestContextOf(request),
              request.headers['idempotency-key'],
            )
      const body = receiptOf(receipt)
      reply.header('location', body.href)
      return receipt.isNew ? reply.code(202).send(body) : reply.code(200).send(body)
    },
  )
}

/** The path in a body: JSON was validated against its schema, and no other body is an object. */
function pathOf(body: unknown): string {
  if (typeof body === 'object' && body !== null) return (body as Static<typeof PathBody>).path
  throw new ProblemError(400, 'body must be object: {"path": "…"}, or the bytes of a photo.')
}

async function refuseCompressed({ headers }: FastifyRequest): Promise<void> {
  const { 'content-encoding': encoding = 'identity' } = headers
  if (encoding !== 'identity')
    throw new ProblemError(415, 'Compressed bodies are not accepted. Send the photo as it is.')
}

const isJson = (contentType = '') => /^application\/json\b/i.test(contentType)

function itemOf(result: Receipt | PathRefusedError) {
  if (result instanceof PathRefusedError) return { result: 'refused' as const, detail: result.message }
  return { result: result.isNew ? ('accepted' as const) : ('duplicate' as const), ...receiptOf(result) }
}
