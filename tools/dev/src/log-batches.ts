/** After so many milliseconds without a further line a batch is told; after so many since its first one in any case. */
const QUIET_MS = 1000
const LONGEST_MS = 5000

interface Timing {
  quietMs?: number
  longestMs?: number
}

/** Puts what processes say in passing together: in place of each line, how often each was said within a second or so. */
export class LogBatches implements Disposable {
  readonly #tell: (process: string, said: string) => void
  readonly #timing: Required<Timing>
  /** By process and message. */
  readonly #counts = new Map<string, Map<string, number>>()
  #quiet: NodeJS.Timeout | undefined
  #longest: NodeJS.Timeout | undefined

  /** @param tell one line of a process, such as "image completed × 38, faces looked at" */
  constructor(
    tell: (process: string, said: string) => void,
    { quietMs = QUIET_MS, longestMs = LONGEST_MS }: Timing = {},
  ) {
    this.#tell = tell
    this.#timing = { quietMs, longestMs }
  }

  add(process: string, message: string): void {
    const messages = this.#counts.get(process) ?? new Map<string, number>()
    this.#counts.set(process, messages.set(message, (messages.get(message) ?? 0) + 1))
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => this.flush(), this.#timing.quietMs)
    this.#longest ??= setTimeout(() => this.flush(), this.#timing.longestMs)
  }

  /** Tells what there is now. */
  flush(): void {
    clearTimeout(this.#quiet)
    clearTimeout(this.#longest)
    this.#longest = undefined
    for (const [process, messages] of this.#counts) {
      const said = [...messages].map(([message, times]) => (times === 1 ? message : `${message} × ${times}`))
      this.#tell(process, said.join(', '))
    }
    this.#counts.clear()
  }

  [Symbol.dispose](): void {
    this.flush()
  }
}
