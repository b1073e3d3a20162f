/** What every package's runner says of its failed tests, kept to be shown once more where a reader looks first: at the end of the run. */
export class FailureReport {
  readonly #lines: string[] = []
  readonly #failing = new Set<string>()

  /** Takes a line of the run, "<task>: <line>"; a runner tells its failures after "✖ failing tests:". */
  read(line: string): void {
    const task = line.slice(0, line.indexOf(': '))
    if (line.endsWith('✖ failing tests:')) this.#failing.add(task)
    if (this.#failing.has(task)) this.#lines.push(line)
  }

  add(line: string): void {
    this.#lines.push(line)
  }

  toString(): string {
    return this.#lines.join('\n')
  }
}
