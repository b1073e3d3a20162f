import type { IncomingHttpHeaders } from 'node:http'
import { backoffMs } from '@livepods/service'
import { RegistryError } from './errors.ts'

const BACKOFF = { baseMs: 30_000, maxMs: 3_600_000 }
/** Nobody waits for longer, whatever a registry says. */
const MAX_WAIT_MS = 24 * 3_600_000

interface Pause {
  untilMs: number
  failures: number
}

/** How much may be asked of each host: one that asked for fewer requests gets none until its time is over. */
export class Budget {
  readonly #pauses = new Map<string, Pause>()
  readonly #now: () => number

  /** @param now milliseconds of a clock that does not jump. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Milliseconds until the host may be asked again; 0: now. */
  pauseMs(host: string): number {
    return Math.max(0, (this.#pauses.get(host)?.untilMs ?? 0) - this.#now())
  }

  /** Throws RegistryError LIMITED. */
  check(host: string): void {
    const seconds = Math.ceil(this.pauseMs(host) / 1000)
    if (seconds > 0)
      throw new RegistryError('LIMITED', `${host} asked for fewer requests; the next one in ${seconds} s.`)
  }

  /** Learns from every answer. */
  note(host: string, status: number, headers: IncomingHttpHeaders): void {
    if (status === 429 || status === 503) {
      const failures = (this.#pauses.get(host)?.failures ?? -1) + 1
      const waitMs = retryAfterMs(headers) ?? BACKOFF.baseMs / 2 + backoffMs(failures, BACKOFF)
      this.#pauses.set(host, { untilMs: this.#now() + Math.min(waitMs, MAX_WAIT_MS), failures })
    } else if (status < 500) {
      const waitMs = exhaustedMs(headers)
      if (waitMs === undefined) this.#pauses.delete(host)
      else this.#pauses.set(host, { untilMs: this.#now() + Math.min(waitMs, MAX_WAIT_MS), failures: 0 })
    }
  }
}

/** Seconds, or a date (RFC 9110, 10.2.3), which is compared with the server's own clock where it tells it. */
function retryAfterMs({ 'retry-after': value, date }: IncomingHttpHeaders): number | undefined {
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  const now = Date.parse(date ?? '')
  return Number.isNaN(at) ? undefined : Math.max(0, at - (Number.isNaN(now) ? Date.now() : now))
}

/** `ratelimit-remaining: 0;w=21600`: nothing is left of a window of so many seconds. */
function exhaustedMs(headers: IncomingHttpHeaders): number | undefined {
  const [, remaining, window] = /^\s*(\d+)(?:\s*;\s*w=(\d+))?/.exec(`${headers['ratelimit-remaining'] ?? ''}`) ?? []
  if (remaining === undefined || Number(remaining) > 0) return undefined
  const reset = /^\d+$/.exec(`${headers['ratelimit-reset'] ?? ''}`)?.[0]
  return Number(reset ?? window ?? 3600) * 1000
}
