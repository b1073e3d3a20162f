import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ImageFileStore, PathRefusedError } from '@livepods/images'
import { backoffMs, counter, gauge, histogram } from '@livepods/service'
import { DatabaseUnavailableError } from '@livepods/sql'
import { Batcher, OverloadedError } from './batcher.ts'
import type { Origin } from './origin.ts'
import type { Resubmissions } from './resubmissions.ts'
import { KeyReusedError, type Stored, type Submission } from './submission-store.ts'

interface Store {
  /** @param inserted is called when the rows are committed and only the SELECT is left. */
  accept(submissions: Submission[], inserted?: () => void): Promise<(Stored | KeyReusedError)[]>
}

interface Notifies {
  notify(ids: string[]): Promise<void>
}

export interface SubmissionsOptions {
  store: Store
  notifier: Notifies
  /** Checks which paths may lead to an image file. */
  imageFiles: Pick<ImageFileStore, 'check'>
  /** Makes failed photos due again; without it they stay failed. */
  resubmissions?: Pick<Resubmissions, 'deadline' | 'makeDue'>
  /** Single submissions that may wait for their INSERT; more are refused with OverloadedError. */
  maxWaiting?: number
}

/** The row of a submission; `published` resolves when the publish of its id was tried (at once when there is none). */
export type Receipt = Stored & {
  published: Promise<void>
  /** It had failed, and is due again because it was sent in again. */
  dueAgain?: boolean
}

/** Rows of one INSERT. */
const BATCH = 500

// A statement whose answer is lost is retried within this time, so that the request is still answered in its 10 s.
const RETRY_WITHIN_MS = 3000
const RETRIES = 2

const answered = counter({
  name: 'submissions_total',
  help: 'Submissions that have a row: accepted now, or duplicates of one that was there.',
  labels: ['result'],
})
const refused = counter({
  name: 'submissions_refused_total',
  help: 'Submissions without a row: bad path, reused key, too many waiting, database away.',
  labels: ['reason'],
})
const waiting = gauge({ name: 'submissions_waiting', help: 'Single submissions that wait for their INSERT.' })
const batchSize = histogram({
  name: 'submission_batch_size',
  help: 'Submissions that shared one INSERT.',
  buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
})

/** Accepts photos: checks the path, commits the row, then publishes its id. Concurrent single submissions share one INSERT. */
export class Submissions {
  readonly #store: Store
  readonly #notifier: Notifies
  readonly #imageFiles: Pick<ImageFileStore, 'check'>
  readonly #resubmissions: Pick<Resubmissions, 'deadline' | 'makeDue'> | undefined
  readonly #batcher: Batcher<Submission, Receipt | KeyReusedError>

  constructor({ store, notifier, imageFiles, resubmissions, maxWaiting = 5000 }: SubmissionsOptions) {
    this.#store = store
    this.#notifier = notifier
    this.#imageFiles = imageFiles
    this.#resubmissions = resubmissions
    this.#batcher = new Batcher((submissions, next) => this.#accept(submissions, next), { size: BATCH, maxWaiting })
  }

  /** Throws PathRefusedError for a path that will never be accepted. */
  check(path: string): void {
    try {
      this.#imageFiles.check(path)
    } catch (error) {
      refused.inc({ reason: 'path' })
      throw error
    }
  }

  /** Resolves when the row is committed. Rejects with PathRefusedError, KeyReusedError, OverloadedError or DatabaseUnavailableError. */
  async submit(path: string, origin: Origin, key?: string): Promise<Receipt> {
    this.check(path)
    const outcome = await countRefused(1, () => this.#batcher.add({ id: randomUUID(), path, key, origin }))
    if (outcome instanceof KeyReusedError) {
      refused.inc({ reason: 'key' })
      throw outcome
    }
    // After the batch, so that the others in it do not wait for the stamp of this file.
    const [receipt = outcome] = await this.#makeFailedDue([outcome], { key })
    return receipt
  }

  /**
   * The same for many, one INSERT per 500, with an outcome for each in their order; a refused one does not fail the rest. When it
   * rejects, a part may be committed already: sending everything again is safe.
   */
  async submitAll(paths: unknown[], origin: Origin, signal?: AbortSignal): Promise<(Receipt | PathRefusedError)[]> {
    const outcomes: (Receipt | PathRefusedError)[] = []
    // One deadline for all: reading stamps must not delay the rest for longer.
    const deadline = this.#resubmissions?.deadline()
    for (let start = 0; start < paths.length; start += BATCH) {
      if (signal?.aborted) {
        const cause = signal.reason as unknown
        throw new DatabaseUnavailableError('A batch took too long, or its client is gone.', {
          indeterminate: false,
          cause,
        })
      }
      const checked = paths.slice(start, start + BATCH).map((path) => this.#submissionOf(path, origin))
      const good = checked.filter((item): item is Submission => !(item instanceof PathRefusedError))
      const accepted = good.length > 0 ? await countRefused(good.length, () => this.#accept(good)) : []
      const receipts = (await this.#makeFailedDue(accepted as Receipt[], { deadline })).values()
      for (const item of checked)
        outcomes.push(item instanceof PathRefusedError ? item : (receipts.next().value as Receipt))
    }
    return outcomes
  }

  /** Of the photos that failed, makes those due again that may end otherwise now, and says so in their receipts. */
  async #makeFailedDue(
    receipts: Receipt[],
    how: { key?: string | undefined; deadline?: AbortSignal | undefined },
  ): Promise<Receipt[]> {
    const resubmissions = this.#resubmissions
    const failed = receipts.flatMap(({ id, path, failure }) => (failure ? [{ id, path, ...failure }] : []))
    if (!resubmissions || failed.length === 0) return receipts
    const due = await retryLostReplies(() => resubmissions.makeDue(failed, how))
    if (due.size === 0) return receipts
    const published = this.#notifier.notify([...due])
    return receipts.map((receipt) =>
      due.has(receipt.id) ? { ...receipt, status: 'PENDING', dueAgain: true, published } : receipt,
    )
  }

  /** What /status shows. */
  report() {
    return { waiting: this.#batcher.waiting }
  }

  #submissionOf(path: unknown, origin: Origin): Submission | PathRefusedError {
    try {
      if (typeof path !== 'string') throw new PathRefusedError('The path is not a text.')
      this.check(path)
      return { id: randomUUID(), path, origin }
    } catch (error) {
      if (!(error instanceof PathRefusedError)) throw error
      return error
    }
  }

  async #accept(submissions: Submission[], inserted?: () => void): Promise<(Receipt | KeyReusedError)[]> {
    batchSize.observe(submissions.length)
    waiting.set(this.#batcher.waiting)
    const outcomes = await retryLostReplies(() => this.#store.accept(submissions, inserted))
    const stored = outcomes.filter((outcome): outcome is Stored => !(outcome instanceof KeyReusedError))
    const ids = stored.filter(({ isNew }) => isNew).map(({ id }) => id)
    answered.inc({ result: 'accepted' }, ids.length)
    answered.inc({ result: 'duplicate' }, stored.length - ids.length)
    const published = this.#notifier.notify(ids)
    return outcomes.map((outcome) =>
      outcome instanceof KeyReusedError
        ? outcome
        : { ...outcome, published: outcome.isNew ? published : Promise.resolve() },
    )
  }
}

/** Repeats `accept` while nobody knows whether it was carried out; it must be harmless to repeat. */
async function retryLostReplies<T>(accept: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + RETRY_WITHIN_MS
  for (let attempt = 0; ; attempt++) {
    try {
      return await accept()
    } catch (error) {
      const lost = error instanceof DatabaseUnavailableError && error.indeterminate
      if (!lost || attempt >= RETRIES || performance.now() > deadline) throw error
      await sleep(backoffMs(attempt, { baseMs: 50, maxMs: 500 }))
    }
  }
}

/** Counts `submissions` as refused when `accept` rejects. */
async function countRefused<T>(submissions: number, accept: () => Promise<T>): Promise<T> {
  try {
    return await accept()
  } catch (error) {
    refused.inc({ reason: reasonOf(error) }, submissions)
    throw error
  }
}

function reasonOf(error: unknown): 'busy' | 'database' | 'other' {
  if (error instanceof OverloadedError) return 'busy'
  return error instanceof DatabaseUnavailableError ? 'database' : 'other'
}
