import type { Log } from '@livepods/service'
import { BadRequestError } from './bad-request-error.ts'
import type { Exchange } from './exchange.ts'
import { durationMs } from './go-values.ts'
import { bytesOf, shown } from './size.ts'
import type { Waits } from './waits.ts'

interface Fault {
  /** What is answered; undefined: the answer itself is not changed. */
  status: number | undefined
  /** Which part of the requests: 0 to 1. */
  rate: number
  delay: string | undefined
  /** Milliseconds since 1970. */
  until: number
}

const MAX_BYTES = 4096
const MAX_FOR_MS = 24 * 3_600_000
const DEFAULT_FOR = '1m'

/** Faults on request: those that a request asks for itself by its query, and one that all requests get until it ends by itself. */
export class Faults {
  readonly #waits: Waits
  readonly #log: Log
  #fault: Fault | undefined
  #end: NodeJS.Timeout | undefined

  constructor({ waits, log }: { waits: Waits; log: Log }) {
    this.#waits = waits
    this.#log = log
  }

  get isActive(): boolean {
    return this.#fault !== undefined
  }

  /** What /status and GET /faults show. */
  report() {
    if (!this.#fault) return null
    const { status, rate, delay, until } = this.#fault
    return { status, rate, delay, until: new Date(until).toISOString() }
  }

  /** `/faults`: POST begins one, in place of the one before, DELETE ends it, GET shows it. */
  answer = async (exchange: Exchange, actor: string): Promise<void> => {
    const { method } = exchange.request
    if (method === 'POST') this.#begin(await faultOf(exchange, this.#waits), actor)
    else if (method === 'DELETE') this.#stop(`ended by ${actor}`)
    else if (method !== 'GET' && method !== 'HEAD')
      throw new BadRequestError('/faults takes GET, POST and DELETE.', {
        status: 405,
        fields: { Allow: 'GET, POST, DELETE' },
      })
    exchange.replyJson(200, { fault: this.report() })
  }

  /** Applies the fault of all, and what the query asks for. Returns whether the request is answered by that. Throws BadRequestError. */
  async apply(exchange: Exchange): Promise<boolean> {
    const fault = this.#fault
    if (fault && Math.random() < fault.rate) {
      if (fault.delay !== undefined) await this.#waits.wait(this.#waits.parseDelay(fault.delay), exchange.gone)
      if (fault.status !== undefined) return failed(exchange, fault.status)
    }
    return exchange.search !== '' && (await this.#applyQuery(exchange))
  }

  async #applyQuery(exchange: Exchange): Promise<boolean> {
    const { query } = exchange
    const [status, delay, fail, drip] = ['status', 'delay', 'fail', 'drip'].map((name) => query.get(name))
    for (const trailer of query.getAll('trailer')) addTrailer(exchange, trailer)
    await this.#waits.wait(this.#waits.parse(query.get('wait')), exchange.gone)
    if (delay) await this.#waits.wait(this.#waits.parseDelay(delay), exchange.gone)
    if (drip) {
      exchange.bytesPerSecond = rateOf(drip)
      exchange.paceForMs = this.#waits.maxMs
      await this.#waits.hold(exchange.gone)
    }
    if (query.get('close') === '1') {
      exchange.cut()
      return true
    }
    if (fail && Math.random() < shareOf(fail)) return failed(exchange, 500)
    if (status) exchange.status = statusOf(status)
    return false
  }

  #begin(fault: Fault, actor: string): void {
    this.#stop('replaced')
    this.#fault = fault
    this.#end = setTimeout(() => this.#stop('its time is over'), fault.until - Date.now()).unref()
    this.#log.warn({ ...this.report(), actor }, 'fault began')
  }

  #stop(reason: string): void {
    clearTimeout(this.#end)
    if (this.#fault) this.#log.warn({ reason }, 'fault ended')
    this.#fault = undefined
  }

  [Symbol.dispose](): void {
    this.#stop('the process stops')
  }
}

function failed(exchange: Exchange, status: number): true {
  exchange.replyText(status, 'This failure was asked for.')
  return true
}

async function faultOf(exchange: Exchange, waits: Waits): Promise<Fault> {
  const { status, rate = 1, delay, for: forText = DEFAULT_FOR, ...rest } = await objectOf(exchange)
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined)
    throw new BadRequestError(`A fault has status, rate, delay and for, no "${shown(unknown)}".`)
  if (status === undefined && delay === undefined) throw new BadRequestError('A fault needs a status, a delay or both.')
  const forMs = durationMs(String(forText))
  if (forMs === undefined || forMs <= 0 || forMs > MAX_FOR_MS)
    throw new BadRequestError('for must be a duration of at most 24h, like 30s.')
  if (delay !== undefined) waits.parseDelay(String(delay))
  return {
    status: status === undefined ? undefined : statusOf(String(status)),
    rate: shareOf(String(rate)),
    delay: delay === undefined ? undefined : String(delay),
    until: Date.now() + forMs,
  }
}

async function objectOf(exchange: Exchange): Promise<Record<string, unknown>> {
  let value: unknown
  const text = await exchange.text(MAX_BYTES)
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new BadRequestError('The body must be JSON, like {"status": 503, "rate": "10%", "for": "30s"}.', { cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new BadRequestError('The body must be an object, like {"status": 503, "rate": "10%", "for": "30s"}.')
}

function statusOf(text: string): number {
  const status = /^\d{3}$/.test(text) ? Number(text) : Number.NaN
  if (status >= 200 && status <= 599) return status
  throw new BadRequestError(`status must be from 200 to 599, not "${shown(text)}".`)
}

/** 0.1 or 10%. */
function shareOf(text: string): number {
  const [, number, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? []
  const share = Number(number) / (percent ? 100 : 1)
  if (share >= 0 && share <= 1) return share
  throw new BadRequestError(`A share must be from 0 to 1, or from 0% to 100%, not "${shown(text)}".`)
}

/** Bytes a second: 100, 4KB. */
function rateOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d*)([a-zA-Z]*)$/.exec(text) ?? []
  const rate = bytesOf(number, unit)
  if (rate > 0) return rate
  throw new BadRequestError('drip must be at least 1 byte a second.')
}

const FORBIDDEN = new Set(['transfer-encoding', 'content-length', 'trailer', 'host', 'connection'])

/** name:value */
function addTrailer(exchange: Exchange, text: string): void {
  const [, name, value] = /^([\w-]{1,64}): *([\x20-\x7e]{0,256})$/.exec(text) ?? []
  if (name === undefined || value === undefined || FORBIDDEN.has(name.toLowerCase()))
    throw new BadRequestError(`trailer must be a name and a value, like X-Sum:42, not "${shown(text)}".`)
  exchange.trailers[name] = value
}
