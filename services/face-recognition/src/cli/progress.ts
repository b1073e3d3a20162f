const WIDTH = 30
/** Milliseconds before a bar appears, and between two pictures of it. */
const PATIENCE_MS = 1000
const EVERY_MS = 100

interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** A bar on a terminal while something takes long; nothing at all where nobody looks. */
export class Progress implements Disposable {
  readonly #terminal: Terminal
  readonly #begun = performance.now()
  #drawnAt: number | undefined
  #done = 0

  readonly #label: string
  readonly #total: number

  constructor(label: string, total: number, terminal: Terminal) {
    this.#label = label
    this.#total = total
    this.#terminal = terminal
  }

  tick(): void {
    this.#done++
    const now = performance.now()
    if (!this.#terminal.isTTY || now - this.#begun < PATIENCE_MS) return
    if (this.#drawnAt !== undefined && now - this.#drawnAt < EVERY_MS && this.#done < this.#total) return
    this.#drawnAt = now
    this.#terminal.write(`\r\x1b[K${this.#bar(now)}`)
  }

  /** Makes room for a line of output; the next tick draws the bar again. */
  clear(): void {
    if (this.#drawnAt !== undefined) this.#terminal.write('\r\x1b[K')
  }

  [Symbol.dispose](): void {
    this.clear()
  }

  #bar(now: number): string {
    const part = Math.min(1, this.#done / this.#total)
    const full = Math.round(part * WIDTH)
    const perSecond = (this.#done * 1000) / (now - this.#begun)
    const left = Math.ceil((this.#total - this.#done) / perSecond)
    const bar = `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}`
    const text = `${this.#label} ${bar} ${this.#done}/${this.#total}  ${perSecond.toFixed(1)}/s  ${clock(left)} left`
    return text.slice(0, (this.#terminal.columns ?? 80) - 1)
  }
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, '0')}`
}
