const LIMITS = { failures: 20, withinMs: 60_000, clients: 10_000 }

interface Window {
  failures: number
  endsAt: number
}

/**
 * Counts the wrong tokens of each client, in a bounded table. Over the limit a client may not try other tokens for a while; tokens that
 * were right from this client before are still accepted, so that a guesser behind the same proxy locks nobody out.
 */
export class Failures {
  readonly #windows = new Map<string, Window>()
  readonly #proven = new Map<string, true>()
  readonly #limits: typeof LIMITS

  constructor(limits: Partial<typeof LIMITS> = {}) {
    this.#limits = { ...LIMITS, ...limits }
  }

  /** Seconds until the client may try again; 0 = now. */
  waitSeconds(address: string, now = Date.now()): number {
    const window = this.#windows.get(clientOf(address))
    if (!window || window.failures < this.#limits.failures || window.endsAt <= now) return 0
    return Math.ceil((window.endsAt - now) / 1000)
  }

  add(address: string, now = Date.now()): void {
    const client = clientOf(address)
    const window = this.#windows.get(client)
    if (window && window.endsAt > now) window.failures++
    else this.#put(this.#windows, client, { failures: 1, endsAt: now + this.#limits.withinMs })
  }

  prove(address: string, id: string): void {
    const key = `${id} ${clientOf(address)}`
    if (!this.#proven.has(key)) this.#put(this.#proven, key, true)
  }

  isProven(address: string, id: string): boolean {
    return this.#proven.has(`${id} ${clientOf(address)}`)
  }

  #put<T>(table: Map<string, T>, key: string, value: T): void {
    table.delete(key)
    const [oldest] = table.keys()
    if (table.size >= this.#limits.clients && oldest !== undefined) table.delete(oldest)
    table.set(key, value)
  }
}

/** An IPv6 client has at least the 2^64 addresses of its network. */
function clientOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  if (!plain.includes(':')) return plain
  const [left = '', right = ''] = plain.split('::')
  const [head, tail] = [left, right].map((part) => (part === '' ? [] : part.split(':'))) as [string[], string[]]
  return [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail]
    .slice(0, 4)
    .join(':')
}
