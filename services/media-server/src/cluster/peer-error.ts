export type PeerErrorCode = 'REFUSED' | 'ABSENT' | 'BAD_ANSWER'

/** Another replica refuses, has not what it is asked for, or answers what cannot be read. */
export class PeerError extends Error {
  override readonly name = 'PeerError'
  readonly code: PeerErrorCode

  constructor(code: PeerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
