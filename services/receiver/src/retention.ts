import { type Log, PeriodicTask } from '@livepods/service'
import type { Uploads } from './uploads.ts'

interface Store {
  pageAfter(
    id: string,
    page: { days: number; limit: number },
  ): Promise<{ id: string; path: string; isOld: boolean; isFinal: boolean }[]>
  deleteFinal(ids: string[]): Promise<number>
}

export interface RetentionOptions {
  photoStore: Store
  uploads: Pick<Uploads, 'remove'>
  days: number
  log: Log
  everyMs?: number
}

/** Photos that one statement reads or deletes. */
const BATCH = 500

/** Deletes expired photos once a minute. Several replicas may do so at the same time. */
export class Retention extends PeriodicTask {
  constructor({ everyMs = 60_000, log, ...options }: RetentionOptions) {
    const run = async (signal: AbortSignal) => {
      const deleted = await deleteExpired(options, signal)
      if (deleted > 0) log.info({ deleted }, 'expired photos deleted')
    }
    // The next run finds the same photos.
    const onFailure = (error: unknown) => log.warn({ err: error }, 'failed to delete expired photos')
    super(run, { everyMs, onFailure })
    this.start()
  }
}

/**
 * Deletes the photos in a final state that were accepted more than `days` ago, files of uploads included, and returns how many. Scans
 * from the lowest id on and ends with the first batch that has a photo not old enough: a run with nothing to do reads one batch.
 */
export async function deleteExpired(
  { photoStore, uploads, days }: Pick<RetentionOptions, 'photoStore' | 'uploads' | 'days'>,
  signal?: AbortSignal,
): Promise<number> {
  let deleted = 0
  for (let last = '0'; !signal?.aborted; ) {
    const batch = await photoStore.pageAfter(last, { days, limit: BATCH })
    const expired = batch.filter(({ isOld, isFinal }) => isOld && isFinal)
    for (const { path } of expired) await uploads.remove(path)
    if (expired.length > 0) deleted += await photoStore.deleteFinal(expired.map(({ id }) => id))
    last = batch.at(-1)?.id ?? last
    if (batch.length < BATCH || batch.some(({ isOld }) => !isOld)) break
  }
  return deleted
}
