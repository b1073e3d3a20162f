import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Client } from '@grpc/grpc-js'
import { type ClientType, type ConnectOptions, connect } from './connection.ts'

export interface ReplicasOptions extends ConnectOptions {
  /** The address of each server behind an address; as DNS says when absent. */
  addresses?: ((address: string) => Promise<string[]>) | undefined
}

/** Asks every server behind an address, where a call of a client of `connect` goes to one of them. */
export class Replicas<C extends Client> implements Disposable {
  readonly #open: (address: string) => C
  readonly #address: string
  readonly #addresses: (address: string) => Promise<string[]>
  readonly #clients = new Map<string, C>()

  constructor(type: ClientType<C>, address: string, { addresses = addressesOf, ...options }: ReplicasOptions = {}) {
    this.#address = address
    this.#addresses = addresses
    this.#open = (address) => connect(type, address, options)
  }

  /** How many there are now. */
  async count(): Promise<number> {
    return (await this.#addresses(this.#address)).length
  }

  /** What each of them answers, or why it did not. */
  async ask<T>(question: (client: C) => Promise<T>): Promise<PromiseSettledResult<T>[]> {
    const addresses = await this.#addresses(this.#address)
    for (const [address, client] of this.#clients) {
      if (addresses.includes(address)) continue
      client.close()
      this.#clients.delete(address)
    }
    return await Promise.allSettled(addresses.map(async (address) => await question(this.#client(address))))
  }

  #client(address: string): C {
    const client = this.#clients.get(address) ?? this.#open(address)
    this.#clients.set(address, client)
    return client
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client.close()
    this.#clients.clear()
  }
}

/** One for each server. Localhost is one server with two addresses; a name that has none now is asked as it is, and says why. */
async function addressesOf(address: string): Promise<string[]> {
  const [, name = '', port] = /^(?:dns:(?:\/\/[^/]*\/)?)?([^/:]+):(\d+)$/.exec(address) ?? []
  if (name === '' || isIP(name) || name === 'localhost') return [address]
  try {
    const found = await lookup(name, { all: true })
    const hosts = found.map(({ address, family }) => (family === 6 ? `[${address}]` : address))
    return [...new Set(hosts)].map((host) => `${host}:${port}`).sort()
  } catch {
    return [address]
  }
}
