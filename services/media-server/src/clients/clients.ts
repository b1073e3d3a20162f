import type { Hub } from '../hub/hub.ts'
import type { Protocol } from '../hub/protocol.ts'
import { Rate } from '../hub/rate.ts'
import type { StreamName } from '../stream-name.ts'
import type { ClientDirectory } from './client-directory.ts'
import type { ClientState, ClientsState } from './client-state.ts'

/** A publisher or a viewer, for as long as it is there. */
export interface Client {
  id: string
  name: StreamName
  protocol: Protocol
  isPublisher: boolean
  /** Network address. */
  address: string
  /** Of media, until now; 0 where it is not known whom they were sent to. */
  sentBytes(): number
  /** Ends it. */
  kick(): void
}

interface Entry extends Client {
  since: Date
  rate: Rate
  measuredBytes: number
}

const RATE_SECONDS = 5
/** An answer has no more of them. */
const MAX_LISTED = 10_000

/** All publishers and viewers of this process, by their ids. */
export class Clients implements ClientDirectory {
  readonly #hub: Pick<Hub, 'list' | 'at'>
  readonly #entries = new Map<string, Entry>()

  constructor(hub: Pick<Hub, 'list' | 'at'>) {
    this.#hub = hub
  }

  /** Returns how to take it out again. */
  add(client: Client): () => void {
    this.#entries.set(client.id, { ...client, since: new Date(), rate: new Rate(RATE_SECONDS), measuredBytes: 0 })
    return () => void this.#entries.delete(client.id)
  }

  async kick(id: string): Promise<boolean> {
    const entry = this.#entries.get(id)
    entry?.kick()
    return entry !== undefined
  }

  async list(name?: StreamName): Promise<ClientsState[]> {
    return [this.state(name)]
  }

  /** Brings what they are sent per second up to date: call it each second. */
  measure(now = performance.now()): void {
    for (const entry of this.#entries.values()) {
      const bytes = entry.sentBytes()
      entry.rate.add(bytes - entry.measuredBytes, now)
      entry.measuredBytes = bytes
    }
  }

  /** Who is here, of one stream or of all. */
  state(name?: StreamName): ClientsState {
    const entries = [...this.#entries.values()].filter((entry) => name === undefined || entry.name === name)
    const counts = new Map<StreamName, number>()
    for (const entry of entries) counts.set(entry.name, (counts.get(entry.name) ?? 0) + (entry.isPublisher ? 0 : 1))
    const streams = this.#hub.list().filter((stream) => name === undefined || stream.name === name)
    return {
      clients: entries.slice(0, MAX_LISTED).map(stateOf),
      streams: streams.map((stream) => {
        const here = this.#hub.at(stream.name)
        const measured = here?.isLocal ? here.measured : undefined
        return { name: stream.name, viewers: counts.get(stream.name) ?? 0, ...(measured && { measured }) }
      }),
    }
  }
}

function stateOf({ id, name, protocol, isPublisher, address, since, rate, sentBytes }: Entry): ClientState {
  const bitsPerSecond = Math.round(8 * rate.at(performance.now()))
  return { id, name, protocol, isPublisher, address, since: since.getTime(), sentBytes: sentBytes(), bitsPerSecond }
}
