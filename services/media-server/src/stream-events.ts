import type { EventStream } from '@livepods/page'
import { describeStream } from './api/stream-schema.ts'
import type { Streams } from './hub/streams.ts'
import { streamList } from './pages/stream-list.ts'

interface Parts {
  hub: Pick<Streams, 'list'>
  /** Programs, which are told JSON, and pages, which are told HTML. */
  apiEvents: EventStream
  pageEvents: EventStream
}

/** Tells who listens what is on air, when that changes. */
export class StreamEvents {
  readonly #parts: Parts
  #last = ''

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The first events of who begins to listen. */
  welcome(): [event: string, value: unknown][] {
    return [['streams', this.#now()]]
  }

  async tell(): Promise<void> {
    const { hub, apiEvents, pageEvents } = this.#parts
    if (apiEvents.clients + pageEvents.clients === 0) return
    const now = this.#now()
    const text = JSON.stringify(now)
    if (text === this.#last) return
    this.#last = text
    apiEvents.send('streams', now)
    pageEvents.send('streams', String(await streamList(hub.list())))
  }

  #now() {
    return { streams: this.#parts.hub.list().map(describeStream) }
  }
}
