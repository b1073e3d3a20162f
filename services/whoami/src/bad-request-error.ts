interface Options {
  /** 400 unless given. */
  status?: number
  fields?: Record<string, string>
  cause?: unknown
}

/** The request cannot be answered; the sentence goes to the client. */
export class BadRequestError extends Error {
  override readonly name = 'BadRequestError'
  readonly code = 'BAD_REQUEST'
  readonly status: number
  readonly fields: Record<string, string>

  constructor(message: string, { status = 400, fields = {}, cause }: Options = {}) {
    super(message, { cause })
    this.status = status
    this.fields = fields
  }
}
