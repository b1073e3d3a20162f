import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { EnvironmentError, type Log } from '@livepods/service'
import type { Address } from './peer-client.ts'

/** How a name's addresses are found; rejects when they are not. */
export type Lookup = (name: string) => Promise<string[]>

const lookupAll: Lookup = async (name) => (await lookup(name, { all: true })).map(({ address }) => address)

const ADDRESS = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/

/** Where the other replicas may be: addresses, and names that are looked up anew each time. */
export class PeerAddresses {
  readonly #entries: Address[]
  readonly #lookup: Lookup
  readonly #log: Log
  /** By name, as they were found last. */
  readonly #known = new Map<string, string[]>()
  #isFailing = false

  /** @param text MEDIA_PEERS: host or host:port, comma separated. Throws EnvironmentError. */
  constructor(
    text: string,
    { defaultPort, log, lookup = lookupAll }: { defaultPort: number; log: Log; lookup?: Lookup },
  ) {
    this.#entries = text.split(',').map((entry) => parse(entry.trim(), defaultPort))
    this.#lookup = lookup
    this.#log = log
  }

  /** All that are known now, this replica's own among them. A name that cannot be found has the addresses of before. Never rejects. */
  async find(): Promise<Address[]> {
    const found = await Promise.all(
      this.#entries.map(async ({ host, port }) => {
        const addresses = isIP(host) ? [host] : await this.#resolve(host)
        return addresses.map((address) => ({ host: address, port }))
      }),
    )
    return found.flat()
  }

  async #resolve(name: string): Promise<string[]> {
    try {
      const addresses = await this.#lookup(name)
      this.#known.set(name, addresses)
      this.#isFailing = false
      return addresses
    } catch (error) {
      if (!this.#isFailing) this.#log.warn({ name, err: error }, 'peers cannot be looked up; those of before stay')
      this.#isFailing = true
      return this.#known.get(name) ?? []
    }
  }
}

function parse(entry: string, defaultPort: number): Address {
  const [, bracketed, plain, port = String(defaultPort)] = ADDRESS.exec(entry) ?? []
  const host = bracketed ?? plain
  if (host === undefined || Number(port) > 65_535)
    throw new EnvironmentError([`MEDIA_PEERS has "${entry}", but must have host or host:port, comma separated.`])
  return { host, port: Number(port) }
}
