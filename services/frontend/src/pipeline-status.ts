import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Link } from '@livepods/page'
import { readText } from '@livepods/service'
import { Agent, request } from 'undici'

/** What a process says of itself at /status. */
export interface ProcessStatus {
  service: string
  version: string
  since: string
  ready: boolean
  state: string
  faults: Record<string, string>
  parts: Record<string, unknown>
}

export interface PipelineProcess {
  name: string
  /** host:port */
  address: string
  status: ProcessStatus | undefined
  /** Why there is no status, in a sentence. */
  error: string | undefined
}

const WITHIN_MS = 1500
const FRESH_MS = 900
/** A page does not wait for a process that hangs as long as something is known from before. */
const USABLE_MS = 10_000
const STATUS_LIMIT = { maxBytes: 256 * 1024, tooLong: () => new Error('The status is longer than 256 kB.') }
const MAX_ADDRESSES = 100

/** Polls /status of the processes in STATUS_URLS, every address of each: at most once a second, however many pages ask. */
export class PipelineStatus implements AsyncDisposable {
  readonly #links: Link[]
  readonly #now: () => number
  readonly #agent = new Agent({ connect: { timeout: WITHIN_MS }, headersTimeout: WITHIN_MS, bodyTimeout: WITHIN_MS })
  #asking: Promise<PipelineProcess[]> | undefined
  #known: PipelineProcess[] = []
  #knownAt = Number.NEGATIVE_INFINITY

  /** `now` in milliseconds. */
  constructor(links: Link[], { now = () => performance.now() } = {}) {
    this.#links = links
    this.#now = now
  }

  async processes(): Promise<PipelineProcess[]> {
    const age = this.#now() - this.#knownAt
    if (age < FRESH_MS) return this.#known
    this.#asking ??= this.#askAll()
    return age < USABLE_MS ? this.#known : await this.#asking
  }

  async #askAll(): Promise<PipelineProcess[]> {
    this.#known = (await Promise.all(this.#links.map((link) => this.#ask(link)))).flat()
    this.#knownAt = this.#now()
    this.#asking = undefined
    return this.#known
  }

  async #ask({ name, url }: Link): Promise<PipelineProcess[]> {
    const target = new URL(url)
    const host = target.hostname.replace(/^\[|\]$/g, '')
    try {
      const addresses = await addressesOf(host)
      return await Promise.all(addresses.map((address) => this.#status(name, target, address)))
    } catch (error) {
      return [{ name, address: target.host, status: undefined, error: sentence(error) }]
    }
  }

  async #status(name: string, target: URL, ip: string): Promise<PipelineProcess> {
    const at = new URL('/status', target)
    at.hostname = isIP(ip) === 6 ? `[${ip}]` : ip
    const address = at.host
    try {
      const { statusCode, body } = await request(at, {
        dispatcher: this.#agent,
        headers: { host: target.host },
        signal: AbortSignal.timeout(WITHIN_MS),
      })
      const text = await readText(body, STATUS_LIMIT)
      if (statusCode !== 200) throw new Error(`The ops port answered ${statusCode}.`)
      return { name, address, status: statusOf(JSON.parse(text)), error: undefined }
    } catch (error) {
      return { name, address, status: undefined, error: sentence(error) }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }
}

/** Each replica has one; localhost is one process with two. */
async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) || host === 'localhost') return [host]
  const found = await lookup(host, { all: true })
  return [...new Set(found.map(({ address }) => address))].sort().slice(0, MAX_ADDRESSES)
}

/** Processes of another version may say more, or less. */
function statusOf(value: unknown): ProcessStatus {
  const said = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const record = (part: unknown) => (typeof part === 'object' && part !== null ? (part as Record<string, never>) : {})
  return {
    service: String(said.service ?? ''),
    version: String(said.version ?? ''),
    since: String(said.since ?? ''),
    ready: said.ready === true,
    state: String(said.state ?? 'unknown'),
    faults: Object.fromEntries(Object.entries(record(said.faults)).map(([name, fault]) => [name, String(fault)])),
    parts: record(said.parts),
  }
}

function sentence(error: unknown): string {
  const { code, name, message } = error as { code?: string; name?: string; message?: string }
  if (name === 'TimeoutError' || /^UND_ERR_.*TIMEOUT$/.test(code ?? ''))
    return `No answer within ${WITHIN_MS / 1000} s.`
  if (code === 'ECONNREFUSED') return 'Nothing listens there.'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'The name has no address.'
  return message || 'No answer.'
}
