import type { LiveOperation, Wrong } from './evidence.ts'

/** An answer that no fault of the network or of one replica explains. */
export class WrongAnswerError extends Error {
  override readonly name = 'WrongAnswerError'
  readonly code: Wrong

  constructor(code: Wrong, message: string) {
    super(message)
    this.code = code
  }
}

/** Where watchers ask. */
export interface Ways {
  /** http://host:port: another replica for each connection. */
  balanced: string
  /** The same of each replica alone. */
  replicas: readonly string[]
  patienceMs: number
}

/** Watches; `next` resolves with the next piece, and rejects with WrongAnswerError or whatever the network does. */
export interface Watcher extends Disposable {
  next(): Promise<LiveOperation['value']>
}
