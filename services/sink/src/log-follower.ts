import { counter, type Log, PeriodicTask } from '@livepods/service'
import { isAbsent } from './kind.ts'
import { LogBrokenError, type LogFile } from './log-file.ts'
import { logLine } from './log-line.ts'
import type { MessageStore } from './message-store.ts'

export interface LogFollowerOptions {
  store: Pick<MessageStore, 'after' | 'report' | 'position'>
  file: LogFile
  log: Log
  everyMs?: number
}

const MESSAGES_AT_ONCE = 1000
/** A sink that is there says so this often. */
const REPORT_EVERY_MS = 1000

const lines = counter({ name: 'sink_log_lines_total', help: 'Lines written to the text log.' })

/** Writes what this sink took to its text log, in the order of the positions, whenever there is something new and once a second. */
export class LogFollower implements AsyncDisposable {
  readonly #options: LogFollowerOptions
  readonly #task: PeriodicTask
  #reportedAt = Number.NEGATIVE_INFINITY

  constructor(options: LogFollowerOptions) {
    const { log, everyMs = 1000 } = options
    this.#options = options
    const onFailure = (error: unknown) => {
      log.error({ err: error }, 'log is behind: messages are committed, but cannot be written to it')
    }
    this.#task = new PeriodicTask((signal) => this.#run(signal), { everyMs, onFailure })
    this.#task.start()
  }

  /** Something was committed. */
  wake(): void {
    this.#task.runNow()
  }

  get report(): object {
    const { store, file } = this.#options
    return { ...file.report, behind: Math.max(0, store.position - file.position) }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.#writeSome()));
    if (performance.now() - this.#reportedAt > REPORT_EVERY_MS) await this.#tell()
  }

  /** Whether there may be more. */
  async #writeSome(): Promise<boolean> {
    const { store, file } = this.#options
    const messages = await store.after(file.position, MESSAGES_AT_ONCE)
    const last = messages.at(-1)
    if (!last) return false
    const logged = messages.filter(({ kind }) => !isAbsent(kind))
    await file.append(logged.map(logLine).join(''), last.position).catch(endWhenBroken)
    lines.inc(logged.length)
    return messages.length === MESSAGES_AT_ONCE
  }

  async #tell(): Promise<void> {
    const { store, file } = this.#options
    const { position } = file
    await file.sync()
    await store.report(position)
    this.#reportedAt = performance.now()
  }

  /** Writes what is committed, as far as the database answers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task.stop()
    try {
      while (await this.#writeSome());
      await this.#tell()
    } catch (error) {
      this.#options.log.warn({ err: error }, 'log is behind; the next start writes the rest')
    }
  }
}

/** What the disk has is not known any more: the process ends with this error, and the next one finds out. */
function endWhenBroken(error: unknown): never {
  if (error instanceof LogBrokenError)
    setImmediate(() => {
      throw error
    })
  throw error
}
