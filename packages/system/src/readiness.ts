import { setTimeout as sleep } from 'node:timers/promises'
import { NotStartedError } from './not-started.ts'
import type { Member, MemberListener } from './suite.ts'
import type { Supervised } from './supervised.ts'

const ASK_WITHIN_MS = 2000

/** What /readyz of a process says. */
interface Answer {
  ready: boolean
  /** Absent: it did not answer. */
  text?: string
}

/** Asks processes whether they are ready, and keeps what they said last. */
export class Readiness {
  readonly #signal: AbortSignal
  readonly #answers = new Map<string, Answer>()

  /** @param signal ends all waiting */
  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /**
   * Resolves when a process answers /readyz with 200. Rejects with its last answer when that takes longer than `withinMs`, and with
   * NotStartedError when it has ended for good.
   */
  async wait({ name, listeners }: Member, process: Supervised, withinMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { port } = listeners.find(({ variable }) => variable === 'OPS_PORT') as MemberListener
    const deadline = performance.now() + withinMs
    for (;;) {
      this.#signal.throwIfAborted()
      const answer = await ask(port)
      this.#answers.set(name, answer)
      if (answer.ready) return
      if (process.misconfigured)
        throw new NotStartedError(name, `its settings do not fit; the lines of "${name}" say which.`)
      if (performance.now() > deadline) {
        const said = answer.text ?? 'nothing'
        throw new Error(`${name} is not ready after ${withinMs / 1000} s. It says: ${said}${lastEnding(process)}`)
      }
      await sleep(50)
    }
  }

  /** What a process lacks: "receiver lacks database (no answer)"; undefined: it is ready. */
  lackOf(process: Supervised): string | undefined {
    const answer = this.#answers.get(process.name)
    if (answer?.ready) return undefined
    return `${process.name} ${answer ? lackIn(answer) : 'waits to be started'}${lastEnding(process)}`
  }
}

async function ask(port: number): Promise<Answer> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(ASK_WITHIN_MS) })
    return { ready: response.ok, text: await response.text() }
  } catch {
    // Not listening yet.
    return { ready: false }
  }
}

function lackIn({ text }: Answer): string {
  if (text === undefined) return 'does not answer'
  const faults = Object.entries(faultsIn(text)).map(([what, why]) => `${what} (${why})`)
  return faults.length > 0 ? `lacks ${faults.join(', ')}` : 'is starting'
}

/** Whom a process cannot do without, and why not. */
function faultsIn(text: string): Record<string, string> {
  try {
    return (JSON.parse(text) as { faults?: Record<string, string> }).faults ?? {}
  } catch {
    return {}
  }
}

function lastEnding({ endings }: Supervised): string {
  const last = endings.at(-1)
  if (!last) return ''
  return endings.length === 1
    ? `; it ended (${last.how})`
    : `; it ended ${endings.length} times, the last time with ${last.how}`
}
