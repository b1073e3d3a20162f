import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'

/**
 * What a client asks for: one photo (with a key or without), many, by kube-cluster-sample's endpoint, the same again, a key for another
 * path.
 */
export type Request = 'post' | 'post-key' | 'batch' | 'original' | 'again' | 'reuse-key'

/**
 * One line of the history, as in Jepsen: `invoke`, and then how it ended: `ok` (accepted), `fail` (certainly not), `info` (nobody knows).
 */
export interface Operation {
  /** Milliseconds since 1970. */
  t: number
  /** Of the client. */
  process: number
  type: 'invoke' | 'ok' | 'fail' | 'info'
  f: Request
  value: {
    paths: string[]
    key?: string
    /** Of each path, when ok; null where the answer does not tell it. */
    ids?: (string | null)[]
    error?: string
  }
}

/** What the clients saw, in memory and as JSON lines in a file. */
export class History implements AsyncDisposable {
  readonly operations: Operation[] = []
  readonly #file: WriteStream
  /** Photos that were answered with ok. */
  accepted = 0

  constructor(path: string) {
    this.#file = createWriteStream(path)
  }

  add(operation: Operation): void {
    this.operations.push(operation)
    if (operation.type === 'ok') this.accepted += operation.value.paths.length
    this.#file.write(`${JSON.stringify(operation)}\n`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.end()
    await once(this.#file, 'close')
  }
}
