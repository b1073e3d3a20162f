import type { Message, Result } from '@livepods/messages'

/** What became of a message, and what the target said of it. */
export interface Answer {
  result: Result
  reply: string
}

/** Where messages go. */
export interface Target extends Disposable {
  /** For people: without user, password and query. */
  readonly address: string
  /** The most messages that one call of `send` takes. */
  readonly batchSize: number
  /**
   * Answers to the first of the messages, at least one. Rejects with TargetUnavailableError when none was delivered, or
   * BatchRefusedError.
   */
  send(messages: readonly Message[]): Promise<Answer[]>
}
