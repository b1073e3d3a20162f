/** What a handler throws to have its message again after `delayMs`. */
export class TryLater extends Error {
  override readonly name = 'TryLater'
  readonly delayMs: number

  constructor(message: string, { delayMs, cause }: { delayMs: number; cause?: unknown }) {
    super(message, { cause })
    this.delayMs = delayMs
  }
}
