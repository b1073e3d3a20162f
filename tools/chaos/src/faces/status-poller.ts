import type { System } from '@livepods/system'
import { PROCESSORS } from './targets.ts'

/** A breaker as a process tells of it, whenever that is something new. */
export interface BreakerSeen {
  process: string
  pid: number
  state: string
  /** Whether the consumer takes messages. */
  queue: string
  history: { at: string; to: string }[]
}

interface Status {
  parts?: { breaker?: { state: string; history: { at: string; to: string }[] }; queue?: { state?: string } }
}

const ASK_WITHIN_MS = 800

/** Asks what breakers say, and whether the page answers. */
export class StatusPoller {
  readonly breakers: BreakerSeen[] = []
  /** When the page answered: milliseconds since 1970. */
  readonly pages: number[] = []
  readonly #system: System
  readonly #page: string

  constructor({ system, page }: { system: System; page: string }) {
    this.#system = system
    this.#page = page
  }

  async poll(): Promise<void> {
    await Promise.all([this.#askPage(), ...PROCESSORS.map((name) => this.#askBreaker(name))])
  }

  async #askPage(): Promise<void> {
    const answer = await ask(`${this.#page}/v1/images?limit=1`)
    if (answer) this.pages.push(Date.now())
  }

  async #askBreaker(name: string): Promise<void> {
    const { pid = 0 } = this.#system.process(name)
    const status = (await ask(`http://127.0.0.1:${this.#system.port(`${name}-ops`)}/status`)) as Status | undefined
    const breaker = status?.parts?.breaker
    if (!breaker) return
    const seen = { process: name, pid, ...breaker, queue: status.parts?.queue?.state ?? '' }
    // Mostly the same as a second ago, for hours.
    const before = this.breakers.findLast(({ process }) => process === name)
    if (JSON.stringify(before) !== JSON.stringify(seen)) this.breakers.push(seen)
  }
}

async function ask(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ASK_WITHIN_MS) })
    return response.ok ? await response.json() : undefined
  } catch {
    return undefined
  }
}
