/** A process is not started, or not again: something that it needs is not there. */
export class NotStartedError extends Error {
  override readonly name = 'NotStartedError'
  readonly code = 'NOT_STARTED'
  /** A sentence: what is missing, and the remedy. */
  readonly reason: string

  constructor(process: string, reason: string, options?: ErrorOptions) {
    super(`${process} is not started: ${reason}`, options)
    this.reason = reason
  }
}
