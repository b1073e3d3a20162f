import { readFile } from 'node:fs/promises'
import { PeriodicTask } from '@livepods/service'

interface Options {
  /** Gets the text of the file at the start and whenever it is another one; throws when it is of no use. */
  take: (text: string) => void
  /** A later text that could not be read or taken, told once. */
  onFault: (error: Error) => void
  everyMs?: number
}

/**
 * A small file that is read again and again: the mount of a ConfigMap or Secret swaps a link, which no watch of the file itself tells,
 * and network volumes tell nothing.
 */
export class FollowedFile implements AsyncDisposable {
  readonly #path: string
  readonly #options: Options
  readonly #task: PeriodicTask
  /** What was taken last, or found to be of no use. */
  #seen = ''
  /** What stood there at the last run. */
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
    this.#task = new PeriodicTask(() => this.#look(), { everyMs: options.everyMs ?? 1000, onFailure })
  }

  async #look(): Promise<void> {
    // What is seen of a file that cannot be read is the error, so that it is told once and the file is taken again afterwards.
    const text = await readFile(this.#path, 'utf8').catch((error: Error) => error)
    const seen = String(text)
    // Seen twice, else it may be half written.
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
