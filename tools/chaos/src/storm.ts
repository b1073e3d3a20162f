import { setTimeout as sleep } from 'node:timers/promises'
import { type Fault, type Nemeses, type PlayedFault, UnavailableError } from './fault.ts'
import { named } from './named.ts'
import type { Subject } from './trial.ts'

export interface StormOptions {
  subject: Subject
  nemeses: Nemeses<Subject>
  announce: (sentence: string) => void
}

/** Plays a schedule against the subject. */
export class Storm {
  readonly played: PlayedFault[] = []
  readonly #subject: Subject
  readonly #nemeses: Nemeses<Subject>
  readonly #announce: (sentence: string) => void
  readonly #now = new Set<Fault>()

  constructor({ subject, nemeses, announce }: StormOptions) {
    this.#subject = subject
    this.#nemeses = nemeses
    this.#announce = announce
  }

  /** What is being done at the moment. */
  get current(): string[] {
    return [...this.#now].map(({ nemesis, target }) => `${nemesis} ${target}`)
  }

  /** Resolves `seconds` after its begin, when all is healed, or sooner when `signal` aborts. */
  async rage(schedule: readonly Fault[], seconds: number, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now()
    const until = (at: number) => pause(at * 1000 - (performance.now() - startedAt), signal)
    await Promise.all(
      schedule.map(async (fault) => {
        await until(fault.at)
        if (!signal.aborted) await this.#play(fault, signal)
      }),
    )
    await until(seconds)
  }

  /** Plays faults one after the other, whatever their time: each begins when the one before is over. */
  async inTurn(faults: readonly Fault[], signal: AbortSignal): Promise<void> {
    for (const fault of faults) if (!signal.aborted) await this.#play(fault, signal)
  }

  async #play(fault: Fault, signal: AbortSignal): Promise<void> {
    const beganAt = Date.now()
    this.#now.add(fault)
    try {
      const heal = await named(fault.nemesis, this.#nemeses).begin(this.#subject, fault, signal)
      await pause(fault.seconds * 1000, signal)
      if (heal) await heal()
      this.played.push({ ...fault, beganAt, endedAt: Date.now() })
    } catch (error) {
      // A roll, for instance, whose new process does not become ready because of another fault.
      if (!(error instanceof UnavailableError))
        this.#announce(`${fault.nemesis} ${fault.target}: ${(error as Error).message}`)
      this.played.push({ ...fault, beganAt, endedAt: Date.now(), skipped: (error as Error).message })
    } finally {
      this.#now.delete(fault)
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => {})
}
