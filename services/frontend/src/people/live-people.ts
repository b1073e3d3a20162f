import type { EventStream } from '@livepods/page'
import type { Log } from '@livepods/service'
import type { Chain } from '../chain.ts'
import { lookOf } from '../look-status.ts'
import type { PeopleStore } from './people-store.ts'

/** Tells open pages about people that something on them changed; they ask for themselves again. */
export class LivePeople {
  readonly #events: EventStream
  readonly #store: Pick<PeopleStore, 'version'>
  readonly #chain: Pick<Chain, 'processes'>
  readonly #log: Log
  #last: string | undefined
  #failing = false

  constructor({
    events,
    store,
    chain,
    log,
  }: { events: EventStream; store: Pick<PeopleStore, 'version'>; chain: Pick<Chain, 'processes'>; log: Log }) {
    this.#events = events
    this.#store = store
    this.#chain = chain
    this.#log = log
  }

  /** One look at the database; a failure is told to the pages and asked about again. */
  async tell(): Promise<void> {
    if (this.#events.clients === 0) {
      this.#last = undefined
      return
    }
    try {
      const now = `${await this.#store.version()} ${JSON.stringify(lookOf(await this.#chain.processes()))}`
      // The first one who listens may have missed something since its page was made.
      if (now !== this.#last) this.#events.send('people', 0)
      this.#last = now
      if (this.#failing) this.#events.send('fault', '')
      this.#failing = false
    } catch (error) {
      if (!this.#failing) this.#log.warn({ err: error }, 'changes of people cannot be read')
      this.#failing = true
      this.#events.send('fault', 'The database does not answer. What you see may be old; this page goes on by itself.')
    }
  }
}
