import type { EventStream } from '@livepods/page'
import { type Log, PeriodicTask } from '@livepods/service'
import type { ReportStore } from '../report-store.ts'
import { messageSections } from './message-sections.ts'
import { loadView } from './message-view.ts'

export interface MessageEventsOptions {
  reports: ReportStore
  pages: EventStream
  log: Log
  everyMs?: number
}

/** Tells open pages what came, once a second where something did. Nobody is asked while no page is open. */
export class MessageEvents extends PeriodicTask {
  constructor({ reports, pages, log, everyMs = 1000 }: MessageEventsOptions) {
    let last = ''
    const tell = async () => {
      if (pages.clients === 0) return
      const view = await loadView(reports)
      const text = JSON.stringify(view)
      if (text === last) return
      last = text
      pages.send('messages', String(await messageSections(view)))
    }
    // The page shows what it has until the database answers again.
    const onFailure = (error: unknown) => log.warn({ err: error }, 'open pages cannot be told what came')
    super(tell, { everyMs, onFailure })
  }
}
