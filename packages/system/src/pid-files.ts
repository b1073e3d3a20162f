import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const TERM_WITHIN_MS = 10_000

/** Which processes a system has started, kept in files so that the next start can stop what a killed supervisor left behind. */
export class PidFiles {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
  }

  add(name: string, pid: number): void {
    writeFileSync(join(this.#folder, name), `${pid} ${startTime(pid)}`)
  }

  remove(name: string): void {
    rmSync(join(this.#folder, name), { force: true })
  }

  /** The names and ids of recorded processes that still run. */
  alive(): { name: string; pid: number }[] {
    return readdirSync(this.#folder).flatMap((name) => {
      const [pid = 0, started] = readFileSync(join(this.#folder, name), 'utf8').split(' ').map(Number)
      // The start time tells a process from another one that got the same id later.
      return pid > 0 && started !== 0 && startTime(pid) === started ? [{ name, pid }] : []
    })
  }

  /** Ends all recorded processes that still run (SIGTERM, then SIGKILL) and forgets them. Returns their names. */
  async stopLeftovers(): Promise<string[]> {
    const leftovers = this.alive()
    for (const { pid } of leftovers) kill(pid, 'SIGTERM')
    const deadline = performance.now() + TERM_WITHIN_MS
    while (this.alive().length > 0 && performance.now() < deadline) await sleep(20)
    for (const { pid } of this.alive()) kill(pid, 'SIGKILL')
    for (const name of readdirSync(this.#folder)) this.remove(name)
    return leftovers.map(({ name }) => name)
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended by itself in between.
  }
}

/** Clock ticks from boot to the start of a process (proc(5), stat field 22); 0 when it does not run, 1 where there is no /proc. */
function startTime(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 0 : Number(fields[19])
  } catch {
    return process.platform === 'linux' ? 0 : Number(isAlive(pid))
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
