import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ImageFileStore, PathRefusedError } from '@livepods/images'
import { backoffMs, counter, gauge, histogram } from '@livepods/service'
import { DatabaseUnavailableError } from '@livepods/sql'
import { Batcher, OverloadedError } from './batcher.ts'
import type { Notifier } from './notifier.ts'
import type { RequestContext } from './request-context.ts'
import type { Resubmissions } from './resubmissions.ts'
import { KeyReusedError, type Stored, type Submission } from './submission-store.ts'

interface Store {
  /** @param inserted is called when the rows are committed and only the SELECT is left. */
  accept(submissions: Submission[], inserted?: () => void): Promise<(Stored | KeyReusedError)[]>
}

export interface SubmissionsOptions {
  store: Store
  notifier: Pick<Notifier, 'notify'>
  /** Checks which paths may lead to an image file. */
  imageFiles: Pick<ImageFileStore, 'check' | 'canonical'>
  /** Makes failed photos due again; without it they stay failed. */
  resubmissions?: Pick<Resubmissions, 'deadline' | 'makeDue'>
  /** Single submissions that may wait for the next INSERT; more are refused with OverloadedError. */
  maxWaiting?: number
}

/** What a client is told of its submission. `published` resolves once the notifier has tried to publish the id; at once for a duplicate. */
export type Receipt = Stored & {
  published: Promise<void>
  /** The photo had failed, and this submission made it due again. */
  dueAgain?: boolean
}

/** Rows of one INSERT, at most. */
const BATCH = 500

// A statement whose reply is lost is retried within this time, so that the request is still answered within 10 s.
const RETRY_WITHIN_MS = 3000
const RETRIES = 2

const stored = counter({
  name: 'submissions_total',
  help: 'Submissions that have a row: accepted (inserted now), or duplicate (the path had a row already).',
  labels: ['result'],
  values: ['accepted', 'duplicate'],
})
const refused = counter({
  name: 'submissions_refused_total',
  help: 'Refused submissions, by reason: path, key (reused), busy (too many waiting), database (unavailable), other.',
  labels: ['reason'],
  values: ['path', 'key', 'busy', 'database', 'other'],
})
const waiting = gauge({ name: 'submissions_waiting', help: 'Single submissions that wait for the next INSERT.' })
const batchSize = histogram({
  name: 'submission_batch_size',
  help: 'Submissions per INSERT.',
  buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
})

/** Accepts photos: checks the path, commits the row, then publishes its id. Concurrent single submissions share one INSERT. */
export class Submissions {
  readonly #store: Store
  readonly #notifier: Pick<Notifier, 'notify'>
  readonly #imageFiles: Pick<ImageFileStore, 'check' | 'canonical'>
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
  async submit(path: string, context: RequestContext, key?: string): Promise<Receipt> {
    this.check(path)
    const result = await countRefused(1, () => this.#batcher.add(this.#submission(path, context, key)))
    if (result instanceof KeyReusedError) {
      refused.inc({ reason: 'key' })
      throw result
    }
    // After the batch, so that the others in it do not wait for the stamp of this file.
    const [receipt = result] = await this.#makeFailedDue([result], { key })
    return receipt
  }

  /**
   * The same for many, one INSERT per 500, with a result for each in their order; a refused one does not fail the rest. When it rejects,
   * some may be committed already: sending everything again is safe.
   */
  async submitAll(
    paths: unknown[],
    context: RequestContext,
    signal?: AbortSignal,
  ): Promise<(Receipt | PathRefusedError)[]> {
    const results: (Receipt | PathRefusedError)[] = []
    // One deadline for all: reading stamps must not delay the rest for longer.
    const deadline = this.#resubmissions?.deadline()
    for (let start = 0; start < paths.length; start += BATCH) {
      if (signal?.aborted) {
        const cause = signal.reason as unknown
        throw new DatabaseUnavailableError('The batch took too long, or its client disconnected.', {
          indeterminate: false,
          cause,
        })
      }
      const checked = paths.slice(start, start + BATCH).map((path) => this.#submissionOf(path, context))
      const good = checked.filter((item): item is Submission => !(item instanceof PathRefusedError))
      const accepted = good.length > 0 ? await countRefused(good.length, () => this.#accept(good)) : []
      const receipts = (await this.#makeFailedDue(accepted as Receipt[], { deadline })).values()
      for (const item of checked)
        results.push(item instanceof PathRefusedError ? item : (receipts.next().value as Receipt))
    }
    return results
  }

  /** Makes failed photos due again where another attempt may succeed now, and marks their receipts. */
  async #makeFailedDue(
    receipts: Receipt[],
    options: { key?: string | undefined; deadline?: AbortSignal | undefined },
  ): Promise<Receipt[]> {
    const resubmissions = this.#resubmissions
    const failed = receipts.flatMap(({ id, path, failure }) => (failure ? [{ id, path, ...failure }] : []))
    if (!resubmissions || failed.length === 0) return receipts
    const due = await retryLostReplies(() => resubmissions.makeDue(failed, options))
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

  #submission(path: string, context: RequestContext, key?: string): Submission {
    return { id: randomUUID(), path, canonical: this.#imageFiles.canonical(path), key, context }
  }

  #submissionOf(path: unknown, context: RequestContext): Submission | PathRefusedError {
    try {
      if (typeof path !== 'string') throw new PathRefusedError('The path is not a string.')
      this.check(path)
      return this.#submission(path, context)
    } catch (error) {
      if (!(error instanceof PathRefusedError)) throw error
      return error
    }
  }

  async #accept(submissions: Submission[], inserted?: () => void): Promise<(Receipt | KeyReusedError)[]> {
    batchSize.observe(submissions.length)
    waiting.set(this.#batcher.waiting)
    const results = await retryLostReplies(() => this.#store.accept(submissions, inserted))
    const rows = results.filter((result): result is Stored => !(result instanceof KeyReusedError))
    const ids = rows.filter(({ isNew }) => isNew).map(({ id }) => id)
    stored.inc({ result: 'accepted' }, ids.length)
    stored.inc({ result: 'duplicate' }, rows.length - ids.length)
    const published = this.#notifier.notify(ids)
    return results.map((result) =>
      result instanceof KeyReusedError
        ? result
        : { ...result, published: result.isNew ? published : Promise.resolve() },
    )
  }
}

/** Retries `write`, which must be idempotent, while its reply is lost and nobody knows whether it was carried out. */
async function retryLostReplies<T>(write: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + RETRY_WITHIN_MS
  for (let attempt = 0; ; attempt++) {
    try {
      return await write()
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
