import type { EventStream, Html } from '@livepods/page'
import type { Photo } from '@livepods/photo-api'
import type { Log } from '@livepods/service'
import { breakerOf } from './breaker-status.ts'
import { Changes } from './changes.ts'
import type { KnownWatch } from './people/known-watch.ts'
import { labelOf, peopleOf } from './photo.ts'
import type { PhotoError, PhotoStore } from './photo-store.ts'
import type { PipelineStatus } from './pipeline-status.ts'
import { reMatchOf } from './re-match-status.ts'
import type { Totals } from './totals.ts'
import { card } from './views/card.ts'
import type { Errors } from './views/pipeline-health.ts'
import { processList } from './views/process-list.ts'
import { statusBar } from './views/status-bar.ts'

interface Parts {
  store: PhotoStore
  totals: Totals
  pipeline: Pick<PipelineStatus, 'processes'>
  known: Pick<KnownWatch, 'state'>
  /** Browsers that show photos, and those that show the Status page. */
  photoEvents: EventStream
  statusEvents: EventStream
  failuresUrl: string | undefined
  log: Log
}

/** The first poll goes back two seconds; a page younger than this misses nothing. */
const SEEN_MS = 1500
const MOST_ERRORS = 6
/** The page may come from another replica. */
export const CLOCKS_APART_MS = 300

/** Sends changes to the open pages: everything is polled and rendered once for all of them, and nothing while none is open. */
export class Live {
  readonly #parts: Parts
  readonly #changes: Changes
  #lastStatus = ''
  #lastProcesses = ''
  #failing = false
  #asking: Promise<PhotoError[] | undefined> | undefined
  #toldAt = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#changes = new Changes(parts.store)
  }

  /** The first events for a page that was made at `madeAt` (milliseconds since 1970): reload, when it missed something since then. */
  welcome(madeAt: number): [event: string, value: unknown][] {
    this.#lastStatus = this.#lastProcesses = ''
    const now = Date.now()
    return now - madeAt > SEEN_MS || this.#toldAt > madeAt - CLOCKS_APART_MS ? [['reload', 0]] : []
  }

  /** Polls the database once; a failure is told to the pages, and the next poll tries again. */
  async tellPhotos(): Promise<void> {
    const { photoEvents, log } = this.#parts
    if (photoEvents.clients === 0) {
      this.#changes.forget()
      return
    }
    try {
      const changed = await this.#changes.next()
      const many = this.#failing || changed === 'many'
      if (many || changed.length > 0) {
        if (many) photoEvents.send('reload', 0)
        else photoEvents.send('photos', await Promise.all(changed.map(told)))
        this.#toldAt = Date.now()
      }
      await this.#tellStatus()
      if (this.#failing) photoEvents.send('fault', '')
      this.#failing = false
    } catch (error) {
      if (!this.#failing) log.warn({ err: error }, 'poll of photo changes failed')
      this.#failing = true
      photoEvents.send('fault', 'The database does not answer. What you see may be old; this page goes on by itself.')
    }
  }

  async tellProcesses(): Promise<void> {
    const { statusEvents, pipeline } = this.#parts
    if (statusEvents.clients === 0) return
    const [processes, errors] = await Promise.all([pipeline.processes(), this.errors()])
    const html = await text(processList(processes, errors))
    if (html !== this.#lastProcesses) statusEvents.send('processes', html)
    this.#lastProcesses = html
  }

  /** What failed last; asked once however many want to know. */
  async errors(): Promise<Errors> {
    const { store, failuresUrl, known } = this.#parts
    this.#asking ??= store
      .lastErrors(MOST_ERRORS)
      // The page says so; the Status page is needed most when the database is away.
      .catch(() => undefined)
      .finally(() => (this.#asking = undefined))
    return { photos: await this.#asking, failuresUrl, known: known.state }
  }

  async #tellStatus(): Promise<void> {
    const { totals, pipeline, photoEvents } = this.#parts
    const processes = await pipeline.processes()
    const html = await text(statusBar(await totals.get(), breakerOf(processes), reMatchOf(processes)))
    if (html !== this.#lastStatus) photoEvents.send('status', html)
    this.#lastStatus = html
  }
}

async function told(photo: Photo) {
  return {
    id: photo.id,
    state: labelOf(photo),
    people: peopleOf(photo).map(({ id }) => id),
    html: await text(card(photo)),
  }
}

const text = async (html: Html) => String(await html)
