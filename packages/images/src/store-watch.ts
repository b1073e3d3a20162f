import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { PeriodicTask, within } from '@livepods/service'
import type { ImageFileStore } from './image-file-store.ts'
import type { ReadImage } from './open-image.ts'
import { StoreAwayError, StoreUnavailableError } from './store-errors.ts'

export interface StoreWatchOptions {
  store: Pick<ImageFileStore, 'read' | 'ping' | 'isApart'>
  /** Milliseconds between two pings of a store that is away. */
  everyMs?: number
  /** Milliseconds without a picture after which the store is asked whether it is still there, once it was started. */
  idleMs?: number
  /** Milliseconds that a picture may take before the store is asked whether it is there at all. */
  patienceMs?: number
  /** Milliseconds after which a store that does not answer its ping is away. */
  pingWithinMs?: number
}

/**
 * Opens pictures, and tells an error of one picture from a store that is away, which says nothing of the photo. It pings the store after
 * an error, and while nobody asks for pictures; while the store is away it asks it for none. Emits `change` with the error when the store
 * goes away, and with undefined when it is back.
 */
export class StoreWatch extends EventEmitter<{ change: [away: StoreAwayError | undefined] }> implements Disposable {
  readonly #options: Required<StoreWatchOptions>
  readonly #ended = new AbortController()
  readonly #whileIdle: PeriodicTask
  #away: StoreAwayError | undefined
  #since = new Date()
  #asking: Promise<void> | undefined
  /** When a picture was last read. */
  #servedAt = Number.NEGATIVE_INFINITY

  constructor(options: StoreWatchOptions) {
    super()
    this.#options = { everyMs: 1000, idleMs: 5000, patienceMs: 1000, pingWithinMs: 5000, ...options }
    const { idleMs } = this.#options
    const askIfIdle = async () => {
      if (performance.now() - this.#servedAt >= idleMs) await this.poll()
    }
    this.#whileIdle = new PeriodicTask(askIfIdle, { everyMs: idleMs, jitter: [0.5, 1] })
  }

  /** Why the store is away; undefined while it is there, as far as we know. */
  get away(): StoreAwayError | undefined {
    return this.#away
  }

  report(): object {
    const since = this.#since.toISOString()
    return this.#away ? { state: 'away', since, reason: this.#away.message } : { state: 'here', since }
  }

  /** As ImageFileStore.read; rejects with StoreAwayError while the store, or the further folder that the picture lies in, is away. */
  async read(path: string, { signal, ...options }: { maxBytes: number; signal?: AbortSignal }): Promise<ReadImage> {
    return await this.#watched(path, signal, (signal) => this.#options.store.read(path, { ...options, signal }))
  }

  /** From now on the store is also polled while nobody wants a picture, so that its reported state is right then, too. */
  start(): void {
    this.#whileIdle.start({ waits: true })
  }

  /** Pings the store now. */
  async poll(): Promise<void> {
    const fault = await this.#ping()
    if (fault && !this.#away && !this.#ended.signal.aborted) this.#leave(fault)
  }

  async #watched<T>(
    path: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (this.#away && !this.#options.store.isApart(path)) throw this.#away
    const done = new AbortController()
    const either = signal ? AbortSignal.any([done.signal, signal]) : done.signal
    try {
      const answer = await Promise.race([work(either), this.#whenAway(path, done.signal)])
      this.#servedAt = performance.now()
      return answer
    } catch (error) {
      if (error instanceof StoreUnavailableError && !(error instanceof StoreAwayError)) await this.#find(path)
      throw error
    } finally {
      done.abort()
    }
  }

  /** For a read that hangs: pings the store again and again until the signal aborts, and rejects with StoreAwayError when it is away. */
  async #whenAway(path: string, done: AbortSignal): Promise<never> {
    for (;;) {
      await sleep(this.#options.patienceMs, undefined, { signal: done })
      await this.#find(path)
    }
  }

  /** Throws StoreAwayError when more is out of reach than this picture. */
  async #find(path: string): Promise<void> {
    const { store } = this.#options
    if (store.isApart(path)) {
      const fault = await this.#faultOf(store.ping(path))
      if (fault) throw new StoreAwayError('folder-away', fault.message, { cause: fault })
    } else {
      await this.poll()
      if (this.#away) throw this.#away
    }
  }

  #leave(fault: Error): void {
    this.#away = new StoreAwayError('store-away', `The store of pictures is away. ${fault.message}`, { cause: fault })
    this.#toggle()
    void this.#follow()
  }

  async #follow(): Promise<void> {
    while (this.#away && !this.#ended.signal.aborted) {
      await sleep(this.#options.everyMs * (0.5 + Math.random() / 2), undefined, { signal: this.#ended.signal }).catch(
        () => {},
      )
      if (this.#ended.signal.aborted || (await this.#ping())) continue
      this.#away = undefined
      this.#toggle()
    }
  }

  #toggle(): void {
    this.#since = new Date()
    if (!this.#ended.signal.aborted) this.emit('change', this.#away)
  }

  /** What is wrong with the store. One ping at a time, however many wait for it: those of a folder that hangs would take all threads. */
  async #ping(): Promise<Error | undefined> {
    this.#asking ??= this.#options.store.ping().finally(() => {
      this.#asking = undefined
    })
    return await this.#faultOf(this.#asking)
  }

  async #faultOf(ping: Promise<void>): Promise<Error | undefined> {
    const { pingWithinMs } = this.#options
    const fault = ping.then(
      () => undefined,
      (error: Error) => error,
    )
    return await within(pingWithinMs, fault, () => new Error(`It does not answer within ${pingWithinMs / 1000} s.`))
  }

  /** Stops the pings; reads under way are not aborted. */
  [Symbol.dispose](): void {
    this.#ended.abort()
    void this.#whileIdle.stop()
  }
}
