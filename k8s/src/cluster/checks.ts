/** What is tried, one after the other, with the time that each takes. */
export class Checks {
  #passed = 0
  #failed = 0

  /** Runs `check` and prints a line: its title, its seconds, and what it resolves with. A failure is printed, and the next goes on. */
  async run(title: string, check: () => Promise<string | undefined>): Promise<boolean> {
    const begun = performance.now()
    const line = (mark: string, rest = '') =>
      console.log(
        `${mark}  ${title.padEnd(72)} ${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${rest}`,
      )
    try {
      line('ok  ', await check())
      this.#passed++
      return true
    } catch (error) {
      line('FAIL', (error as Error).message)
      this.#failed++
      return false
    }
  }

  /** Prints how many there were; resolves with the exit code. */
  end(): number {
    console.log(`${this.#passed} passed, ${this.#failed} failed`)
    return this.#failed > 0 || this.#passed === 0 ? 1 : 0
  }
}
