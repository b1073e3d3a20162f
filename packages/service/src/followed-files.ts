import { readFile } from 'node:fs/promises'
import { PeriodicTask } from './periodic-task.ts'

interface Options {
  /** Gets the texts of the files, in their order, at the start and after every change; throws when they are invalid. */
  take: (...texts: string[]) => void
  /** Called once for later texts that could not be read, or that `take` refused. */
  onFault: (error: Error) => void
  everyMs?: number
}

/**
 * Small files that belong together and are polled: a ConfigMap or Secret is mounted by swapping a link, which a watch of a file does not
 * report, and network volumes report nothing.
 */
export class FollowedFiles implements AsyncDisposable {
  readonly #paths: readonly string[]
  readonly #options: Options
  readonly #task: PeriodicTask
  /** The texts that were taken, or refused, last. */
  #seen = ''
  /** The texts at the last run. */
  #last = ''

  /** Rejects when a file cannot be read, or what `take` throws. */
  static async open(paths: readonly string[], options: Options): Promise<FollowedFiles> {
    const files = new FollowedFiles(paths, options)
    const texts = await files.#read()
    options.take(...texts)
    files.#seen = files.#last = JSON.stringify(texts)
    files.#task.start({ waits: true })
    return files
  }

  private constructor(paths: readonly string[], options: Options) {
    this.#paths = paths
    this.#options = options
    const onFailure = (error: unknown) => options.onFault(error as Error)
    this.#task = new PeriodicTask(() => this.#poll(), { everyMs: options.everyMs ?? 1000, onFailure })
  }

  async #read(): Promise<string[]> {
    return await Promise.all(this.#paths.map((path) => readFile(path, 'utf8')))
  }

  async #poll(): Promise<void> {
    // An error counts as a text: it is reported once, and the files are taken when they can be read again.
    const texts = await this.#read().catch((error: Error) => error)
    const seen = texts instanceof Error ? String(texts) : JSON.stringify(texts)
    // The same texts twice in a row: they may be half written at the first.
    const isSettled = seen === this.#last
    this.#last = seen
    if (!isSettled || seen === this.#seen) return
    this.#seen = seen
    if (texts instanceof Error) throw texts
    this.#options.take(...texts)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task.stop()
  }
}
