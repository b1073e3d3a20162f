import { readdirSync, readFileSync } from 'node:fs'
import type { System } from '@livepods/system'
import type { Audit } from './audit.ts'
import type { History } from './history.ts'

/** A breaker as a process tells of it, whenever that is something new. */
export interface BreakerSeen {
  process: string
  pid: number
  state: string
  /** Whether the consumer takes messages. */
  queue: string
  history: { at: string; to: string }[]
}

/** What a process takes of the machine. */
export interface Footprint {
  process: string
  pid: number
  bytes: number
  files: number
}

export interface Second {
  /** Milliseconds since 1970. */
  at: number
  accepted: number
  final: number
}

interface Status {
  parts?: { breaker?: { state: string; history: { at: string; to: string }[] }; queue?: { state?: string } }
}

const EVERY_MS = 1000
const ASK_WITHIN_MS = 800

/** Looks at the system once a second: how much is done, what breakers say, whether the page answers. */
export class Observer implements AsyncDisposable {
  readonly seconds: Second[] = []
  readonly breakers: BreakerSeen[] = []
  /** When the page answered: milliseconds since 1970. */
  readonly pages: number[] = []
  readonly #system: System
  readonly #page: string
  readonly #audit: Audit
  readonly #history: History
  readonly #timer: NodeJS.Timeout
  #looking: Promise<unknown> | undefined

  constructor({ system, page, audit, history }: { system: System; page: string; audit: Audit; history: History }) {
    this.#system = system
    this.#page = page
    this.#audit = audit
    this.#history = history
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined))
    }, EVERY_MS)
  }

  get last(): Second {
    return this.seconds.at(-1) ?? { at: 0, accepted: 0, final: 0 }
  }

  async #look(): Promise<void> {
    const processors = this.#system.processes.filter(({ name }) => name.startsWith('image-processor'))
    await Promise.all([
      this.#count(),
      this.#askPage(),
      ...processors.map(({ name, pid }) => this.#askBreaker(name, pid ?? 0)),
    ])
  }

  async #count(): Promise<void> {
    const at = Date.now()
    // While the database is away nothing becomes final.
    const { final } = await this.#audit.progress().catch(() => this.last)
    this.seconds.push({ at, accepted: this.#history.accepted, final })
  }

  async #askPage(): Promise<void> {
    const answer = await ask(`${this.#page}/v1/images?limit=1`)
    if (answer) this.pages.push(Date.now())
  }

  async #askBreaker(name: string, pid: number): Promise<void> {
    const status = (await ask(`http://127.0.0.1:${this.#system.port(`${name}-ops`)}/status`)) as Status | undefined
    const breaker = status?.parts?.breaker
    if (!breaker) return
    const seen = { process: name, pid, ...breaker, queue: status.parts?.queue?.state ?? '' }
    // Mostly the same as a second ago, for hours.
    const before = this.breakers.findLast(({ process }) => process === name)
    if (JSON.stringify(before) !== JSON.stringify(seen)) this.breakers.push(seen)
  }

  /** Memory and open files of every process, now; empty where there is no /proc. */
  footprints(): Footprint[] {
    return this.#system.processes.flatMap(({ name, pid = 0 }) => {
      try {
        const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
        const files = readdirSync(`/proc/${pid}/fd`).length
        return [{ process: name, pid, bytes: Number(kilobytes) * 1024, files }]
      } catch {
        return []
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
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
