import multipart from '@fastify/multipart'
import { type App, ProblemError } from '@livepods/http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { FILES_OF_A_FORM, UPLOAD_WITHIN_MS } from './limits.ts'
import { originOf } from './origin.ts'
import { translate } from './problems.ts'
import { ReceiptSchema, RefusedSchema, receiptOf, TakenSchema } from './receipt.ts'
import { requestSignal } from './request-signal.ts'
import type { Uploads } from './uploads.ts'

const name = Type.String({ description: 'as the form names the file; empty: the form itself' })

export const FormResultsSchema = Type.Object({
  results: Type.Array(
    Type.Union([
      Type.Object({
        name,
        result: TakenSchema,
        ...ReceiptSchema.properties,
      }),
      Type.Object({
        name,
        result: RefusedSchema,
        status: Type.Integer({ description: 'as HTTP would say it; from 500 on another try later may succeed' }),
        detail: Type.String(),
      }),
    ]),
  ),
})

type FormResult = Static<typeof FormResultsSchema>['results'][number]

/** Gives handlers forms as a stream of files. */
export function readForms(app: App): void {
  app.register(multipart)
}

/** Every file of a form in its order, one after the other; a bad one does not hold up the rest. Throws ProblemError 400 without a file. */
export async function takeForm(
  uploads: Pick<Uploads, 'take' | 'maxBytes'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FormResult[]> {
  const results: FormResult[] = []
  const signal = requestSignal(reply, UPLOAD_WITHIN_MS)
  const origin = originOf(request)
  // One byte more than allowed, so that our own check refuses the file with its sentence.
  const limits = {
    files: FILES_OF_A_FORM,
    fields: 20,
    fieldSize: 4096,
    fileSize: uploads.maxBytes + 1,
    parts: FILES_OF_A_FORM + 20,
  }
  try {
    for await (const { file, filename, mimetype } of request.files({ limits, throwFileSizeLimit: false })) {
      // A form whose field was left empty sends a file without a name.
      if (filename === '' || filename === undefined) {
        file.resume()
        continue
      }
      const name = filename.slice(0, 255)
      try {
        const receipt = await uploads.take({ bytes: file, mediaType: mimetype, origin, signal })
        results.push({ name, result: receipt.isNew ? 'accepted' : 'duplicate', ...receiptOf(receipt) })
      } catch (error) {
        results.push(refusal(name, error, request))
      }
    }
  } catch (error) {
    results.push(refusal('', ofForm(error), request))
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

function ofForm(error: unknown): unknown {
  const { code, message } = error as { code?: string; message?: string }
  if (code === 'FST_FILES_LIMIT' || code === 'FST_PARTS_LIMIT')
    return new ProblemError(
      413,
      `A form may bring ${FILES_OF_A_FORM} photos; the rest was not read. Send it in another form.`,
    )
  if (error instanceof ProblemError || /boundary/i.test(message ?? '') === false) {
    if (error instanceof ProblemError) return error
    const detail = 'The form ended too early; what comes after the last photo named here was not stored. Send it again.'
    return new ProblemError(400, detail, { cause: error })
  }
  return new ProblemError(
    400,
    'The form has no boundary in its Content-Type. Send it as multipart/form-data; boundary=…',
    {
      cause: error,
    },
  )
}
