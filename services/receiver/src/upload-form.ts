import multipart from '@fastify/multipart'
import { type App, ProblemError } from '@livepods/http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { MAX_FILES_PER_FORM, UPLOAD_WITHIN_MS } from './limits.ts'
import { translate } from './problems.ts'
import { AcceptedOrDuplicateSchema, ReceiptSchema, RefusedSchema, receiptOf } from './receipt.ts'
import { requestContextOf } from './request-context.ts'
import { requestSignal } from './request-signal.ts'
import type { Uploads } from './uploads.ts'

const name = Type.String({ description: 'name of the file in the form; empty: the form itself' })

export const FormResultsSchema = Type.Object({
  results: Type.Array(
    Type.Union([
      Type.Object({
        name,
        result: AcceptedOrDuplicateSchema,
        ...ReceiptSchema.properties,
      }),
      Type.Object({
        name,
        result: RefusedSchema,
        status: Type.Integer({
          description: 'HTTP status that this photo alone would have got; from 500 on a retry may succeed',
        }),
        detail: Type.String(),
      }),
    ]),
  ),
})

type FormResult = Static<typeof FormResultsSchema>['results'][number]

/** Registers the parser of forms, which gives a handler the files as streams. */
export function addFormParser(app: App): void {
  app.register(multipart)
}

/** Accepts the files of a form one after the other; a refused one does not fail the rest. Throws ProblemError 400 without a file. */
export async function acceptForm(
  uploads: Pick<Uploads, 'accept' | 'maxBytes'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FormResult[]> {
  const results: FormResult[] = []
  const signal = requestSignal(reply, UPLOAD_WITHIN_MS)
  const context = requestContextOf(request)
  // One byte more than allowed, so that our own check refuses the file, with its sentence.
  const limits = {
    files: MAX_FILES_PER_FORM,
    fields: 20,
    fieldSize: 4096,
    fileSize: uploads.maxBytes + 1,
    parts: MAX_FILES_PER_FORM + 20,
  }
  try {
    for await (const { file, filename } of request.files({ limits, throwFileSizeLimit: false })) {
      // A form whose field was left empty sends a file without a name.
      if (filename === '' || filename === undefined) {
        file.resume()
        continue
      }
      const name = filename.slice(0, 255)
      try {
        const receipt = await uploads.accept({ bytes: file, context, signal })
        results.push({ name, result: receipt.isNew ? 'accepted' : 'duplicate', ...receiptOf(receipt) })
      } catch (error) {
        results.push(refusal(name, error, request))
      }
    }
  } catch (error) {
    results.push(refusal('', translateFormError(error), request))
  }
  const [only] = results
  if (!only) throw new ProblemError(400, 'The form has no photo. Choose one and send it again.')
  if (results.length === 1 && only.name === '' && only.result === 'refused')
    throw new ProblemError(only.status, only.detail)
  return results
}

function refusal(name: string, error: unknown, request: FastifyRequest): FormResult {
  const problem = translate(error)
  if (!problem) request.log.error({ err: error }, 'upload failed')
  const { status, message } = problem ?? new ProblemError(500, 'The server failed; its log says why.')
  return { name, result: 'refused', status, detail: message }
}

function translateFormError(error: unknown): unknown {
  if (error instanceof ProblemError) return error
  const { code, message } = error as { code?: string; message?: string }
  if (code === 'FST_FILES_LIMIT' || code === 'FST_PARTS_LIMIT')
    return new ProblemError(
      413,
      `A form may have ${MAX_FILES_PER_FORM} photos; the rest was not read. Send the rest in another form.`,
    )
  const detail = /boundary/i.test(message ?? '')
    ? 'The form has no boundary in its Content-Type. Send it as multipart/form-data; boundary=…'
    : 'The form ended too early; what comes after the last photo named here was not stored. Send it again.'
  return new ProblemError(400, detail, { cause: error })
}
