import type { System } from '@livepods/system'
import { PROCESSORS } from './targets.ts'

/** A breaker as a process tells of it, whenever that is something new. */
export interface BreakerSeen {
  process: string
  pid: number
  state: string
  /** Whether the consumer takes messages. */
  queue: string
  /** What it did itself; what it tells begins with what processes before it did. */
  history: Transition[]
}

interface Transition {
  at: string
  to: string
}

interface Status {
  parts?: { breaker?: { state: string; history: Transition[] }; queue?: { state?: string } }
}

const ASK_WITHIN_MS = 800

export interface Statuses {
  breakers: BreakerSeen[]
  /** The newest transition of the processes before, by process id. */
  inherited: Map<number, string>
  /** When the page answered: milliseconds since 1970. */
  pages: number[]
}

/** Asks what breakers say, and whether the page (http://host:port) answers, and adds it to `statuses`. */
export async function pollStatuses(system: System, page: string, statuses: Statuses): Promise<void> {
  await Promise.all([askPage(page, statuses), ...PROCESSORS.map((name) => askBreaker(name, system, statuses))])
}

async function askPage(page: string, { pages }: Statuses): Promise<void> {
  const answer = await ask(`${page}/v1/images?limit=1`)
  if (answer) pages.push(Date.now())
}

async function askBreaker(name: string, system: System, { breakers, inherited }: Statuses): Promise<void> {
  const { pid = 0 } = system.process(name)
  const status = (await ask(`http://127.0.0.1:${system.port(`${name}-ops`)}/status`)) as Status | undefined
  const breaker = status?.parts?.breaker
  if (!breaker) return
  // The last one of a breaker that is open was its own.
  const newest = inherited.get(pid) ?? breaker.history.at(breaker.state === 'open' ? -2 : -1)?.at ?? ''
  inherited.set(pid, newest)
  const history = breaker.history.filter(({ at }) => at > newest)
  const seen = { process: name, pid, state: breaker.state, history, queue: status.parts?.queue?.state ?? '' }
  // Mostly the same as a second ago, for hours.
  const before = breakers.findLast(({ process }) => process === name)
  if (JSON.stringify(before) !== JSON.stringify(seen)) breakers.push(seen)
}

async function ask(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ASK_WITHIN_MS) })
    return response.ok ? await response.json() : undefined
  } catch {
    return undefined
  }
}
