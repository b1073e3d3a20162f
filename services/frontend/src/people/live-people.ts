import type { EventStream } from '@livepods/page'
import type { Log } from '@livepods/service'
import { CLOCKS_APART_MS } from '../live.ts'
import type { PipelineStatus } from '../pipeline-status.ts'
import { reMatchOf } from '../re-match-status.ts'
import type { KnownWatch } from './known-watch.ts'
import type { PeopleStore } from './people-store.ts'

interface Parts {
  events: Pick<EventStream, 'clients' | 'send'>
  store: Pick<PeopleStore, 'version'>
  pipeline: Pick<PipelineStatus, 'processes'>
  known: Pick<KnownWatch, 'state' | 'skipped'>
  log: Log
}

/** Tells open pages about people that something on them changed; they ask for themselves again. */
export class LivePeople {
  readonly #parts: Parts
  #last: string | undefined
  #failing = false
  #toldAt = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The first events for a page that was made at `madeAt` (milliseconds since 1970): to ask again, when others were told to since then. */
  welcome(madeAt: number): [event: string, value: unknown][] {
    return this.#toldAt > madeAt - CLOCKS_APART_MS ? [['people', 0]] : []
  }

  /** Polls the database once; a failure is told to the pages, and the next poll tries again. */
  async tell(): Promise<void> {
    const { events, store, pipeline, known, log } = this.#parts
    if (events.clients === 0) {
      this.#last = undefined
      return
    }
    try {
      const now = `${await store.version()} ${JSON.stringify([reMatchOf(await pipeline.processes()), known.state, known.skipped])}`
      // The first one who listens may have missed something since its page was made.
      if (now !== this.#last) {
        events.send('people', 0)
        this.#toldAt = Date.now()
      }
      this.#last = now
      if (this.#failing) events.send('fault', '')
      this.#failing = false
    } catch (error) {
      if (!this.#failing) log.warn({ err: error }, 'poll of people changes failed')
      this.#failing = true
      // What pages asked for meanwhile may have failed too.
      this.#last = undefined
      events.send('fault', 'The database does not answer. What you see may be old; this page goes on by itself.')
    }
  }
}
