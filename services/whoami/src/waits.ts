import { setTimeout as sleep } from 'node:timers/promises'
import { ConcurrencyLimit } from '@livepods/service'
import { BadRequestError } from './bad-request-error.ts'
import { durationMs } from './go-values.ts'
import { shown } from './size.ts'

const AT_ONCE = 1000

/** Answers that are held back: each at most `maxMs`, and so many at a time. */
export class Waits {
  readonly maxMs: number
  readonly #limit: ConcurrencyLimit

  constructor({ maxMs, atOnce = AT_ONCE }: { maxMs: number; atOnce?: number }) {
    this.maxMs = maxMs
    this.#limit = new ConcurrencyLimit({
      atOnce,
      full: () =>
        new BadRequestError(`${atOnce} requests wait already. Try again later.`, {
          status: 503,
          fields: { 'Retry-After': '5' },
        }),
    })
  }

  /** Waits, unless the client leaves. Throws BadRequestError when too many wait. */
  async wait(ms: number, gone: AbortSignal): Promise<void> {
    if (ms <= 0) return
    using _ = await this.#limit.acquire()
    await sleep(ms, undefined, { signal: gone })
  }

  /** Keeps a place for an answer that is sent slowly, until the client has it or leaves. */
  async hold(gone: AbortSignal): Promise<void> {
    const place = await this.#limit.acquire()
    if (gone.aborted) place[Symbol.dispose]()
    else gone.addEventListener('abort', () => place[Symbol.dispose](), { once: true })
  }

  /** Milliseconds of `wait=`; as the original did, what is no duration is ignored. Throws BadRequestError. */
  parse(text: string | null): number {
    const ms = durationMs(text ?? '') ?? 0
    return this.#checked(ms, 'wait')
  }

  /** Milliseconds of `100ms`, or a random number of them of `100ms-2s`. Throws BadRequestError. */
  parseDelay(text: string): number {
    const [least = '', most = least, ...rest] = text.split('-')
    const [from, to] = [durationMs(least), durationMs(most)]
    if (from === undefined || to === undefined || to < from || rest.length > 0)
      throw new BadRequestError(`delay must be a duration or two, like 250ms or 100ms-2s, not "${shown(text)}".`)
    return from + Math.random() * (this.#checked(to, 'delay') - from)
  }

  #checked(ms: number, what: string): number {
    if (ms >= 0 && ms <= this.maxMs) return ms
    throw new BadRequestError(`${what} must be from 0 to ${this.maxMs / 1000} s.`)
  }
}
