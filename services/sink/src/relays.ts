import { parseRelayHeader, RELAY_HEADER, type RelayState } from '@livepods/messages'
import { type Log, PeriodicTask } from '@livepods/service'
import type { FastifyRequest } from 'fastify'
import type { ReportStore } from './report-store.ts'

export interface RelaysOptions {
  store: Pick<ReportStore, 'saveRelays'>
  log: Log
  everyMs?: number
}

/** Keeps what relays say of themselves with their batches, and writes it down once a second where something came. */
export class Relays extends PeriodicTask {
  readonly #said: Map<string, RelayState>

  constructor({ store, log, everyMs = 1000 }: RelaysOptions) {
    const said = new Map<string, RelayState>()
    const save = async () => {
      if (said.size === 0) return
      const states = [...said.values()]
      said.clear()
      await store.saveRelays(states)
    }
    // The relay says it again with its next batch.
    const onFailure = (error: unknown) => log.warn({ err: error }, 'failed to write down what relays said')
    super(save, { everyMs, onFailure })
    this.#said = said
    this.start({ waits: true })
  }

  /** The name of the relay that sends the request; null: it is none. */
  heard({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
    const state = parseRelayHeader(headers[RELAY_HEADER])
    if (!state) return null
    this.#said.set(state.name, state)
    return state.name
  }
}
