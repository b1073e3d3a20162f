import multipart from '@fastify/multipart'
import { type App, ProblemError } from '@livepods/http'
import type { FastifyRequest } from 'fastify'

/** What a form sent, also without JavaScript: every form of ours is multipart/form-data. */
export interface Form {
  field(name: string): string
  files: { name: string; bytes: Buffer }[]
}

const FILES = 20
const FIELDS = 20
const FIELD_BYTES = 64 * 1024
/** Of all files together, since they are in memory until they are passed on. */
const TOTAL_BYTES = 64 * 1024 * 1024

export function readForms(app: App): void {
  app.register(multipart)
}

/** Reads the request's form. Throws ProblemError 400, 413 or 415, each with a sentence. */
export async function formOf(request: FastifyRequest, { maxBytes }: { maxBytes: number }): Promise<Form> {
  if (!request.isMultipart()) throw new ProblemError(415, 'The form must be sent as multipart/form-data.')
  const fields = new Map<string, string>()
  const files: Form['files'] = []
  let total = 0
  const limits = { files: FILES, fields: FIELDS, parts: FILES + FIELDS, fieldSize: FIELD_BYTES, fileSize: maxBytes }
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type === 'field') {
        fields.set(part.fieldname, String(part.value))
        continue
      }
      const bytes = await part.toBuffer()
      total += bytes.length
      if (total > TOTAL_BYTES) throw tooLarge(TOTAL_BYTES, 'The files together are')
      // A field of files in which nothing was chosen is sent as a file without a name.
      if (bytes.length > 0 || part.filename) files.push({ name: part.filename || 'photo', bytes })
    }
  } catch (error) {
    throw problemOf(error, maxBytes)
  }
  return { field: (name) => fields.get(name) ?? '', files }
}

function problemOf(error: unknown, maxBytes: number): unknown {
  if (error instanceof ProblemError) return error
  const { code = '' } = error as { code?: string }
  if (code === 'FST_REQ_FILE_TOO_LARGE') return tooLarge(maxBytes, 'A file is')
  if (TOO_MANY.includes(code))
    return new ProblemError(
      413,
      `The form has too many parts; ${FILES} files at once are the limit. Send the others afterwards.`,
    )
  return new ProblemError(400, 'The form is broken or was cut off. Send it again.', { cause: error })
}

const TOO_MANY = ['FST_FILES_LIMIT', 'FST_PARTS_LIMIT', 'FST_FIELDS_LIMIT']

function tooLarge(bytes: number, what: string): ProblemError {
  return new ProblemError(413, `${what} larger than ${Math.floor(bytes / 1024 / 1024)} MB. Send smaller ones.`)
}
