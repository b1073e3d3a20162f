import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, PlayedFault } from './fault.ts'
import { begin, type Heal, Unavailable } from './nemesis.ts'
import type { Subject } from './subject.ts'

/** Plays a schedule against the subject. */
export class Storm {
  readonly played: PlayedFault[] = []
  readonly #subject: Subject
  readonly #announce: (sentence: string) => void
  readonly #now = new Set<Fault>()

  constructor(subject: Subject, announce: (sentence: string) => void) {
    this.#subject = subject
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

  async #play(fault: Fault, signal: AbortSignal): Promise<void> {
    const beganAt = Date.now()
    this.#now.add(fault)
    try {
      const heal: Heal = await begin(fault, this.#subject)
      await pause(fault.seconds * 1000, signal)
      await heal()
      this.played.push({ ...fault, beganAt, endedAt: Date.now() })
    } catch (error) {
      // A roll, for instance, whose new process does not become ready because of another fault.
      if (!(error instanceof Unavailable))
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
