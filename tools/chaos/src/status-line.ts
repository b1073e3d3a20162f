import type { Progress } from './run-chaos.ts'

const PLAIN_EVERY_SECONDS = 5

/** One line that is always up to date on a terminal; elsewhere a line every few seconds. */
export class StatusLine {
  readonly #output: NodeJS.WriteStream
  #told = Number.NEGATIVE_INFINITY
  #shown = false

  constructor(output: NodeJS.WriteStream) {
    this.#output = output
  }

  update({ phase, seconds, accepted, final, faults }: Progress): void {
    const line = `${phase} ${Math.floor(seconds)} s · ${accepted} accepted · ${final} final · ${faults.join(', ') || 'no fault'}`
    if (this.#output.isTTY) {
      this.#output.write(`\r\x1b[K${line.slice(0, (this.#output.columns ?? 80) - 1)}`)
      this.#shown = true
    } else if (seconds - this.#told >= PLAIN_EVERY_SECONDS) {
      this.#told = seconds
      this.#output.write(`${line}\n`)
    }
  }

  /** A sentence above it. */
  say(sentence: string): void {
    this.#output.write(`${this.#shown ? '\r\x1b[K' : ''}${sentence}\n`)
    this.#shown = false
  }
}
