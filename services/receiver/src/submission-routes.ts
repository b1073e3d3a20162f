import { Readable } from 'node:stream'
import { type App, Problem, ProblemSchema, strict, validatorCompiler } from '@livepods/http'
import { PathRefused } from '@livepods/images'
import { Type } from 'typebox'
import { givenUp } from './given-up.ts'
import type { Origin } from './image.ts'
import { receiptOf } from './image-routes.ts'
import { ReceiptSchema, RefusedSchema, TakenSchema } from './image-schemas.ts'
import { BATCH_LIMITS, BATCH_WITHIN_MS, UPLOAD_WITHIN_MS } from './limits.ts'
import { originOf } from './origin.ts'
import type { LimitRequests } from './request-limit.ts'
import type { Receipt } from './submissions.ts'
import { readUploads, type Sort, type Taking, takeBytes, takeForm } from './upload-routes.ts'
import { FormResultsSchema, UploadBody } from './upload-schemas.ts'

export interface Submitting {
  check(path: string): void
  submit(path: string, origin: Origin, key?: string): Promise<Receipt>
  submitAll(paths: unknown[], origin: Origin, signal?: AbortSignal): Promise<(Receipt | PathRefused)[]>
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
  uploads: Taking
  limitBatches: LimitRequests
  limitUploads: LimitRequests
  sort: Sort
}

const PathBody = strict({
  path: Type.String({ description: 'relative to the folder of unknown people, or /unknown_people/…' }),
})

/** Photos come in by their paths or as bytes, one or many. */
export function submissionRoutes(app: App, { submissions, uploads, limitBatches, limitUploads, sort }: Parts): void {
  readUploads(app, uploads)

  app.post(
    '/v1/images',
    {
      onRequest: async (request, reply) => {
        if (isUploading(request.headers['content-type'])) await limitUploads(request, reply)
      },
      // A stream has no schema: the bytes of a photo are checked while they arrive.
      validatorCompiler: (part) => {
        const validate = validatorCompiler(part as never)
        return (input) =>
          part.httpPart === 'body' && (input === undefined || input === null || input instanceof Readable)
            ? { value: input as unknown }
            : validate(input)
      },
      config: { role: 'submit', answerWithinMs: UPLOAD_WITHIN_MS, describedBody: UploadBody },
      schema: {
        summary: 'Submit a photo: its path, its bytes, or a form with several',
        description: `202: accepted, its row is committed. 200: this path was there already (for bytes: the same bytes), and keeps its id. One that is
          EXHAUSTED or MISSING is looked at again then, and one that is UNREADABLE, NO_FACE or REFUSED when its file is another one than was
          looked at: once a minute at most, and not for an Idempotency-Key that was sent before;
          for a form: a result for each of its files. A URL is never fetched.`,
        headers: Key,
        body: PathBody,
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
      const key = request.headers['idempotency-key']
      if (request.isMultipart()) return { results: await takeForm(uploads, sort, request, reply) }
      const body: unknown = request.body ?? undefined
      if (body === undefined) throw new Problem(400, 'body must be object: {"path": "…"}, or the bytes of a photo.')
      const receipt =
        body instanceof Readable
          ? await takeBytes(uploads, request, reply)
          : await submissions.submit(request.body.path, originOf(request), key)
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
          'One result per path, in their order; a refused one does not fail the rest. Safe to send again: what failed is looked at again as with one photo.',
        body: strict({ paths: Type.Array(Type.Unknown(), { minItems: 1, maxItems: BATCH_LIMITS.items }) }),
        response: { 200: Type.Object({ results: Type.Array(ItemSchema) }), ...Problems },
      },
    },
    async (request, reply) => {
      const outcomes = await submissions.submitAll(
        request.body.paths,
        originOf(request),
        givenUp(reply, BATCH_WITHIN_MS),
      )
      return { results: outcomes.map(itemOf) }
    },
  )
}

const isUploading = (contentType = '') => /^(image|multipart)\//i.test(contentType)

function itemOf(outcome: Receipt | PathRefused) {
  if (outcome instanceof PathRefused) return { result: 'refused' as const, detail: outcome.message }
  return { result: outcome.isNew ? ('accepted' as const) : ('duplicate' as const), ...receiptOf(outcome) }
}
