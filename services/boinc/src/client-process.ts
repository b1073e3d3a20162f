import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { backoffMs, type Log, within } from '@livepods/service'

export interface ClientProcessOptions {
  program: string
  folder: string
  port: number
  /** Writes what the client reads when it starts; resolves with its password. */
  prepare: () => Promise<string>
  log: Log
  /** A client that has not answered for so long is killed. */
  hungMs?: number
  /** What an ending client may take before it is killed. */
  quitMs: number
}

const PROGRAM = fileURLToPath(new URL('boinc.sh', import.meta.url))
const WAITS = { baseMs: 1000, maxMs: 30_000 }
const LONG_ENOUGH_MS = 60_000

/** One client, which is started again when it ends or hangs. */
export class ClientProcess {
  readonly #options: ClientProcessOptions
  readonly #ending = new AbortController()
  #child: ChildProcess | undefined
  #gone: Promise<unknown> = Promise.resolve()
  #running: Promise<void> | undefined
  #answeredAt = 0
  #password: string | undefined
  #fault: string | undefined

  constructor(options: ClientProcessOptions) {
    this.#options = options
  }

  /** Undefined while no client runs. */
  get password(): string | undefined {
    return this.#child && this.#password
  }

  /** Why no client runs. */
  get fault(): string | undefined {
    return this.#fault
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** It has answered just now. */
  answered(): void {
    this.#answeredAt = performance.now()
  }

  /** Kills a client that has not answered for too long. */
  checkAnswers(): void {
    const { hungMs = 60_000 } = this.#options
    if (performance.now() - this.#answeredAt >= hungMs) this.kill('it does not answer')
  }

  /** Kills the client; it is started again. */
  kill(why: string): void {
    const child = this.#child
    if (!child || child.signalCode !== null) return
    this.#options.log.error({ pid: child.pid, why }, 'the client is killed')
    child.kill('SIGKILL')
    this.answered()
  }

  /** Ends the client, as `quit` asks it to or, where that fails, by SIGTERM; by SIGKILL when it takes too long. It is not started again. */
  async end(quit: () => Promise<void>): Promise<void> {
    this.#ending.abort()
    const child = this.#child
    if (child) {
      await quit().catch(() => child.kill('SIGTERM'))
      await within(this.#options.quitMs, this.#gone, () => {
        this.#options.log.error({ pid: child.pid }, 'the client did not end in time, and is killed')
        child.kill('SIGKILL')
      })
      await this.#gone
    }
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    const { log } = this.#options
    for (let attempt = 0; !signal.aborted; attempt++) {
      const since = performance.now()
      try {
        this.#password = await this.#options.prepare()
        if (signal.aborted) return
        this.#fault = `the client ended (${await this.#runOnce()})`
      } catch (error) {
        this.#fault = `the client does not start: ${(error as Error).message}`
      }
      this.#child = undefined
      if (signal.aborted) return
      log.error({ fault: this.#fault }, 'no client runs; it is started again')
      if (performance.now() - since > LONG_ENOUGH_MS) attempt = 0
      await sleep(WAITS.baseMs + backoffMs(attempt, WAITS), undefined, { signal }).catch(() => {})
    }
  }

  /** Resolves with how it ended. */
  async #runOnce(): Promise<string> {
    const { program, folder, port, log } = this.#options
    const child = spawn(PROGRAM, [program, '--dir', folder, '--gui_rpc_port', `${port}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on('line', (line) => log.info({ line }, 'client says'))
    const exited = once(child, 'exit')
    await once(child, 'spawn')
    this.answered()
    this.#child = child
    this.#fault = undefined
    this.#gone = exited
    const [code, signal] = await exited
    return signal ?? `exit code ${code}`
  }
}
