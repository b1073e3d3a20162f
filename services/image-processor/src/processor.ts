import { setTimeout as sleep } from 'node:timers/promises'
import { BreakerOpenError } from '@livepods/breaker'
import { CallError } from '@livepods/grpc'
import { decodeImageId, UnreadableMessageError } from '@livepods/images'
import { OUTCOMES, type RecognisedOutcome } from '@livepods/photo'
import { RequeueError } from '@livepods/queue'
import { backoffMs, counter, histogram, type Log } from '@livepods/service'
import { DatabaseUnavailableError } from '@livepods/sql'
import type { Claim } from './claim.ts'
import { Lease } from './lease.ts'
import { awayOf, isBusy } from './recogniser.ts'
import type { Recognition } from './recognition.ts'

export interface ProcessorOptions {
  photoStore: {
    claim(id: string): Promise<Claim | undefined>
    renew(claim: Claim): Promise<boolean>
    release(claim: Claim, fault?: { error: Error; delayMs: number }): Promise<boolean>
    postpone(claim: Claim, recognition: Recognition): Promise<boolean>
    fail(claim: Claim, error: Error, delayMs: number): Promise<'due' | 'exhausted' | 'lost'>
  }
  completion: { complete(claim: Claim, recognition: Recognition): Promise<RecognisedOutcome | undefined> }
  /** Rejects with BreakerOpenError when it did not call. */
  identify: (claim: Claim, signal: AbortSignal) => Promise<Recognition>
  leaseMs: number
  backoff: { baseMs: number; maxMs: number }
  log: Log
  /** Aborts when the process stops: claims without a call by then are released. */
  stopping: AbortSignal
  /** Milliseconds that calls under way get after `stopping`; then they are cancelled. */
  drainMs: number
}

/** A photo in a further folder that is away is due again after at most so long: it is final well within a minute of the folder's return. */
const FOLDER_AWAY_MS = 30_000
const BUSY_MS = 3000

const claims = counter({
  name: 'image_claims_total',
  help: 'Claims that succeeded, were refused, or were released: without a call, or because the file was unfinished.',
  labels: ['result'],
  values: ['claimed', 'refused', 'released', 'unfinished'],
})
const unreadable = counter({
  name: 'image_messages_unreadable_total',
  help: 'Messages that are not the id of an image.',
})
const completed = counter({
  name: 'images_completed_total',
  help: 'Photos that became final.',
  labels: ['outcome'],
  values: OUTCOMES,
})
const faults = counter({
  name: 'image_faults_total',
  help: 'Attempts that ended with a fault.',
  labels: ['result'],
  values: ['due', 'exhausted'],
})
const dropped = counter({ name: 'image_results_dropped_total', help: 'Results of a claim that was no longer ours.' })
const duration = histogram({
  name: 'image_duration_seconds',
  help: 'From claim to final state or fault.',
  labels: ['result'],
})

/** One queue message: claim the photo, ask who is on it, write the answer. The row is the truth, the message only announces it. */
export class Processor {
  readonly #options: ProcessorOptions
  readonly #giveUp = new AbortController()

  constructor(options: ProcessorOptions) {
    this.#options = options
    options.stopping.addEventListener('abort', () => {
      setTimeout(() => this.#giveUp.abort(), options.drainMs).unref()
    })
  }

  /** Resolves when the message can be finished, whatever the outcome of the photo; rejects with RequeueError while the database is away. */
  async receive(body: Buffer): Promise<void> {
    const { photoStore, stopping, log } = this.#options
    const id = this.#read(body)
    if (id === undefined) return unreadable.inc()
    if (stopping.aborted) throw new RequeueError('The process is stopping.', { delayMs: 0 })
    const claim = await photoStore.claim(id).catch(throwRequeue)
    claims.inc({ result: claim ? 'claimed' : 'refused' })
    // Final already, claimed by another worker, or not due yet: then the redispatcher announces it.
    if (!claim) return log.debug({ imageId: id }, 'photo not claimable')
    await this.#settle(claim)
  }

  #read(body: Buffer): string | undefined {
    try {
      return decodeImageId(body)
    } catch (error) {
      if (!(error instanceof UnreadableMessageError)) throw error
      this.#options.log.warn({ err: error, bytes: body.length }, 'unreadable message')
      return undefined
    }
  }

  async #settle(claim: Claim): Promise<void> {
    const { photoStore, leaseMs, log } = this.#options
    const stopTimer = duration.startTimer()
    using lease = new Lease({ photoStore, claim, leaseMs, log })
    const result = await this.#attempt(claim, lease.lost)
    stopTimer({ result })
  }

  async #attempt(claim: Claim, lost: AbortSignal): Promise<string> {
    const { photoStore, completion, identify, stopping, log } = this.#options
    const { id: imageId, requestId, attempts } = claim
    try {
      if (stopping.aborted) return await this.#release(claim)
      const recognition = await identify(claim, AbortSignal.any([lost, this.#giveUp.signal]))
      if (recognition.unfinished && claim.mayWait) return await this.#postpone(claim, recognition, lost)
      const outcome = await this.#persist(lost, () => completion.complete(claim, recognition))
      if (!outcome) return this.#drop(claim)
      completed.inc({ outcome })
      log.info({ imageId, requestId, attempts, outcome, faces: recognition.faces.length }, 'image completed')
      return outcome
    } catch (error) {
      if (error instanceof BreakerOpenError) return await this.#release(claim)
      if (error instanceof RequeueError) throw error
      if (lost.aborted) return this.#drop(claim)
      // We cancelled the call: another worker may take the photo at once.
      const delayMs = this.#giveUp.signal.aborted ? 0 : backoffMs(attempts - 1, this.#options.backoff)
      // The call never reached the server: that is no attempt.
      if (error instanceof CallError && error.unsent) return await this.#release(claim, { error, delayMs })
      const away = awayOf(error)
      if (away) return await this.#release(claim, { error: error as Error, delayMs: this.#awayMs(away) })
      if (isBusy(error)) return await this.#release(claim, { error: error as Error, delayMs: this.#busyMs() })
      const result = await this.#persist(lost, () => photoStore.fail(claim, error as Error, delayMs))
      if (result === 'lost') return this.#drop(claim)
      faults.inc({ result })
      if (result === 'exhausted') completed.inc({ outcome: 'EXHAUSTED' })
      log.warn({ imageId, requestId, attempts, result, delayMs: Math.round(delayMs), err: error }, 'attempt failed')
      return result
    }
  }

  /** Does not grow with the attempts: the photo must be due soon after the store's return. */
  #awayMs(away: 'store' | 'folder'): number {
    // For one folder the breaker does not open: this delay leaves the workers to the photos of other folders.
    if (away === 'folder') return FOLDER_AWAY_MS * (0.5 + Math.random() / 2)
    return backoffMs(0, { baseMs: Math.min(1000, this.#options.backoff.baseMs), maxMs: 1000 })
  }

  /** About as long as one costly picture takes. Meanwhile this worker processes other photos. */
  #busyMs(): number {
    return Math.min(BUSY_MS, this.#options.backoff.maxMs) * (0.5 + Math.random() / 2)
  }

  async #release(claim: Claim, fault?: { error: Error; delayMs: number }): Promise<'released'> {
    await this.#options.photoStore.release(claim, fault).catch(throwRequeue)
    claims.inc({ result: 'released' })
    if (fault)
      this.#options.log.warn(
        { imageId: claim.id, delayMs: Math.round(fault.delayMs), err: fault.error },
        'claim released',
      )
    return 'released'
  }

  /** The file may still be being written. */
  async #postpone(claim: Claim, recognition: Recognition, lost: AbortSignal): Promise<'unfinished' | 'dropped'> {
    const { photoStore, log } = this.#options
    const { id: imageId, requestId } = claim
    if (!(await this.#persist(lost, () => photoStore.postpone(claim, recognition)))) return this.#drop(claim)
    claims.inc({ result: 'unfinished' })
    log.info({ imageId, requestId, detail: recognition.detail }, 'claim released: the file may still be being written')
    return 'unfinished'
  }

  #drop(claim: Claim): 'dropped' {
    dropped.inc()
    this.#options.log.warn({ imageId: claim.id, attempts: claim.attempts }, 'result dropped: the lease was lost')
    return 'dropped'
  }

  /** Retries while the database is away, for as long as the lease lasts; after that another worker takes the photo over. */
  async #persist<T>(lost: AbortSignal, write: () => Promise<T>): Promise<T> {
    const endsAt = performance.now() + this.#options.leaseMs
    for (let attempt = 0; ; attempt++) {
      try {
        return await write()
      } catch (error) {
        const stop = lost.aborted || this.#options.stopping.aborted || performance.now() > endsAt
        if (!(error instanceof DatabaseUnavailableError)) throw error
        if (stop) throwRequeue(error)
      }
      await sleep(50 + backoffMs(attempt, { baseMs: 100, maxMs: 2000 }))
    }
  }
}

function throwRequeue(error: unknown): never {
  if (!(error instanceof DatabaseUnavailableError)) throw error
  throw new RequeueError('The database is away.', { delayMs: 500 + Math.random() * 500, cause: error })
}
