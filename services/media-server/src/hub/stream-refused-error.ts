export type StreamRefusedCode = 'BAD_NAME' | 'TAKEN' | 'ABSENT' | 'UNAUTHORIZED' | 'STOPPING'

/** Somebody may not publish or play what they asked for; the sentence says why, in the encoder too. */
export class StreamRefusedError extends Error {
  override readonly name = 'StreamRefusedError'
  readonly code: StreamRefusedCode

  constructor(code: StreamRefusedCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
