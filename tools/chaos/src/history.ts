import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'

/**
 * One line of the history, as in Jepsen: `invoke`, and then how it ended: `ok` (accepted), `fail` (certainly not), `info` (nobody knows).
 */
export interface Operation {
  /** Milliseconds since 1970. */
  t: number
  /** Of the client. */
  process: number
  type: 'invoke' | 'ok' | 'fail' | 'info'
  /** What the client asks for. */
  f: string
  value: object
}

/** What the clients saw, in memory and as JSON lines in a file. */
export class History implements AsyncDisposable {
  readonly operations: Operation[] = []
  readonly #file: WriteStream
  /** Things that were answered with ok. */
  accepted = 0

  constructor(path: string) {
    this.#file = createWriteStream(path)
  }

  /** `things`: how many it was about. */
  add(operation: Operation, things: number): void {
    this.operations.push(operation)
    if (operation.type === 'ok') this.accepted += things
    this.#file.write(`${JSON.stringify(operation)}\n`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.end()
    await once(this.#file, 'close')
  }
}
