/** A refusal on the wire: `code` and a sentence, sent as `code sentence`; a fatal one also closes the connection. */
export class ProtocolError extends Error {
  override name = 'ProtocolError'
  readonly code: string
  readonly fatal: boolean

  constructor(code: string, sentence: string, options: { fatal?: boolean; cause?: unknown } = {}) {
    super(`${code} ${sentence}`, { cause: options.cause })
    this.code = code
    this.fatal = options.fatal ?? true
  }
}
