import { readFile } from 'node:fs/promises'
import { PeriodicTask } from '@livepods/service'

interface Options {
  /** Gets the text of the file at the start and after every change; throws when the text is invalid. */
  take: (text: string) => void
  /** Called once for a later text that could not be read, or that `take` refused. */
  onFault: (error: Error) => void
  everyMs?: number
}

/**
 * A small file that is polled: a ConfigMap or Secret is mounted by swapping a link, which a watch of the file does not report, and network
 * volumes report nothing.
 */
export class FollowedFile implements AsyncDisposable {
  readonly #path: string
  readonly #options: Options
  readonly #task: PeriodicTask
  /** The text that was taken, or refused, last. */
  #seen = ''
  /** The text at the last run. */
  #last = ''

  /** Rejects when the file cannot be read, or what `take` throws. */
  static async open(path: string, options: Options): Promise<FollowedFile> {
    const file = new FollowedFile(path, options)
    const text = await readFile(path, 'utf8')
    options.take(text)
    file.#seen = file.#last = text
    file.#task.start({ waits: true })
    return file
  }

  private constructor(path: string, options: Options) {
    this.#path = path
    this.#options = options
    const onFailure = (error: unknown) => options.onFault(error as Error)
    this.#task = new PeriodicTask(() => this.#poll(), { everyMs: options.everyMs ?? 1000, onFailure })
  }

  async #poll(): Promise<void> {
    // An error counts as a text: it is reported once, and the file is taken when it can be read again.
    const text = await readFile(this.#path, 'utf8').catch((error: Error) => error)
    const seen = String(text)
    // The same text twice in a row: it may be half written at the first.
    const isSettled = seen === this.#last
    this.#last = seen
    if (!isSettled || seen === this.#seen) return
    this.#seen = seen
    if (text instanceof Error) throw text
    this.#options.take(text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task.stop()
  }
}
