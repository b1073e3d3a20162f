/** What a handler throws to have its message requeued after `delayMs`. */
export class RequeueError extends Error {
  override readonly name = 'RequeueError'
  readonly code = 'REQUEUE'
  readonly delayMs: number

  constructor(message: string, { delayMs, cause }: { delayMs: number; cause?: unknown }) {
    super(message, { cause })
    this.delayMs = delayMs
  }
}
