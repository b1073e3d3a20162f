import { STATUS_CODES } from 'node:http'
import { Type } from 'typebox'

/** What a handler throws to answer with a status and a sentence (RFC 9457, application/problem+json). */
export class ProblemError extends Error {
  override readonly name: string = 'ProblemError'
  /** For programs: `HTTP_` and the status, where the error says nothing more precise. */
  readonly code: string
  readonly status: number
  readonly title: string
  readonly headers: Record<string, string>
  /** Further members of the answer's body, for programs. */
  readonly fields: Record<string, unknown>

  /** @param detail a sentence for people: what is wrong and what to do. */
  constructor(
    status: number,
    detail: string,
    {
      cause,
      headers = {},
      fields = {},
    }: { cause?: unknown; headers?: Record<string, string>; fields?: Record<string, unknown> } = {},
  ) {
    super(detail, { cause })
    this.code = `HTTP_${status}`
    this.status = status
    this.title = STATUS_CODES[status] ?? 'Error'
    this.headers = headers
    this.fields = fields
  }
}

/** The body of every error answer. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    requestId: Type.String(),
  },
  { description: 'What went wrong (RFC 9457).' },
)
