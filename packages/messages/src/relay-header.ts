/** The header in which a relay says who it is and what waits there. */
export const RELAY_HEADER = 'livepods-relay'

export interface RelayState {
  name: string
  /** Messages in its spools that are not in this batch. */
  waiting: number
  /** When the first of those came. */
  oldest: Date | undefined
  /** Messages that wait behind a gap of their stream. */
  parked: number
  deadLetters: number
}

export function formatRelayHeader({ name, waiting, oldest, parked, deadLetters }: RelayState): string {
  const since = oldest ? `;oldest=${oldest.getTime()}` : ''
  return `${name};waiting=${waiting}${since};parked=${parked};dead-letters=${deadLetters}`
}

/** Undefined when it is none. */
export function parseRelayHeader(header: string | string[] | undefined): RelayState | undefined {
  if (typeof header !== 'string') return undefined
  const [name = '', ...pairs] = header.split(';')
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) return undefined
  const values = new Map(pairs.map((pair) => pair.split('=', 2) as [string, string]))
  const count = (key: string) => {
    const number = Number(values.get(key) ?? 0)
    return Number.isSafeInteger(number) && number >= 0 ? number : 0
  }
  const oldest = count('oldest')
  return {
    name,
    waiting: count('waiting'),
    oldest: oldest > 0 && oldest < 2 ** 43 ? new Date(oldest) : undefined,
    parked: count('parked'),
    deadLetters: count('dead-letters'),
  }
}
