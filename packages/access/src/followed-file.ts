import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

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
  readonly #stop = new AbortController()
  #seen = ''
  #following = Promise.resolve()

  /** Rejects when the file cannot be read, or what `take` throws. */
  static async open(path: string, options: Options): Promise<FollowedFile> {
    const file = new FollowedFile(path, options)
    const text = await readFile(path, 'utf8')
    options.take(text)
    file.#seen = text
    file.#following = file.#follow()
    return file
  }

  private constructor(path: string, options: Options) {
    this.#path = path
    this.#options = options
  }

  async #follow(): Promise<void> {
    const { take, onFault, everyMs = 1000 } = this.#options
    let last = this.#seen
    for (;;) {
      await sleep(everyMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => {})
      if (this.#stop.signal.aborted) return
      // What is seen of a file that cannot be read is the error, so that it is told once and the file is taken again afterwards.
      const text = await readFile(this.#path, 'utf8').catch((error: Error) => error)
      const seen = String(text)
      // Seen twice, else it may be half written.
      const settled = seen === last
      last = seen
      if (!settled || seen === this.#seen) continue
      this.#seen = seen
      try {
        if (text instanceof Error) throw text
        take(text)
      } catch (error) {
        onFault(error as Error)
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#following
  }
}
