import { CallError, status } from '@livepods/grpc'
import { counter, gauge, type Log, PeriodicTask } from '@livepods/service'
import { type Database, exclusively, LockTakenError, type Session, transact } from '@livepods/sql'
import type { Gallery, MatchedFace } from './gallery-client.ts'
import {
  type Cursor,
  countOutdated,
  makeDue,
  makeDueForFinder,
  type OutdatedFace,
  outdatedFaces,
  START,
  writeReMatch,
} from './re-match-store.ts'

export interface ReMatchOptions {
  database: Database
  galleries: { generation(hash: string): Promise<number> }
  client: {
    current(): Promise<Gallery | undefined>
    match(descriptors: Buffer[], engine: string): Promise<{ hash: string; faces: MatchedFace[] }>
  }
  /** How many photos are not final: more are made due only while they are few. */
  pending: () => Promise<number>
  /** True while the face service is not called: the breaker is open. */
  isPaused: () => boolean
  /** What else is done under the same lock, after the re-match. */
  afterwards?: (session: Session, gallery: { generation: number; engine: string }) => Promise<void>
  everyMs: number
  /**
   * A photo that was recognised before the re-match and is written after it has faces of the former generation: these are found by the
   * next scan, which begins after so many milliseconds at the latest.
   */
  rescanAfterMs?: number
  log: Log
}

export interface ReMatchStatus {
  /** As /status says it. looking: a re-match is running here; elsewhere: in another process. */
  state: 'idle' | 'looking' | 'elsewhere'
  /** The generation that this process last compared faces with. */
  generation: number
  /** Faces of the re-match that is running. */
  done: number
  total: number
}

interface Batch {
  faces: OutdatedFace[]
  /** Matches of the faces with an embedding of this engine; undefined when the answer was about another gallery. */
  matches: (MatchedFace | null)[] | undefined
}

const BATCH = 1000
/** At most so many photos are due at once because their embeddings are of another engine. */
const DUE_AT_ONCE = 100
const RESCAN_AFTER_MS = 5000

const rematched = counter({
  name: 'faces_rematched_total',
  formerName: 'faces_looked_at_total',
  help: 'Stored faces that were compared with changed known people.',
})
const left = gauge({
  name: 'faces_to_rematch',
  formerName: 'faces_to_look_at',
  help: 'Stored faces that are still to be compared with the known people.',
})
const dueAgain = counter({ name: 'images_due_for_engine_total', help: 'Photos made due again for another engine.' })
const dueForFinder = counter({
  name: 'images_due_for_finder_total',
  help: 'Photos made due again for a finder that finds more faces.',
})

/**
 * The re-match: compares stored faces with the known people whenever those changed, in batches, from embeddings alone, in one process at a
 * time. Every batch is one transaction: a process that takes over continues after the last one.
 */
export class ReMatch implements AsyncDisposable {
  readonly #options: ReMatchOptions
  readonly #task: PeriodicTask
  #completedAt = Number.NEGATIVE_INFINITY
  #isFailing = false
  status: ReMatchStatus = { state: 'idle', generation: 0, done: 0, total: 0 }

  constructor(options: ReMatchOptions) {
    this.#options = options
    this.#task = new PeriodicTask((signal) => this.#run(signal), {
      everyMs: options.everyMs,
      jitter: [0.75, 1.25],
      onFailure: (error) => this.#logFailure(error),
    })
  }

  /** A face service that does not answer yet is expected: one line at level info. */
  #logFailure(error: unknown): void {
    const { log } = this.#options
    this.#isFailing = true
    if (error instanceof CallError && error.code === status.UNAVAILABLE)
      log.info({ reason: error.message }, 're-match waits for face-recognition')
    else log.warn({ err: error }, 're-match failed; the next one continues')
  }

  start(): void {
    this.#task.start()
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { client, galleries, database, isPaused } = this.#options
    try {
      if (isPaused()) return
      const gallery = await client.current()
      if (!gallery) return
      if (this.#isFailing) this.#options.log.info('face-recognition answers; re-match continues')
      this.#isFailing = false
      const generation = await galleries.generation(gallery.hash)
      // The name of the lock stays: two versions may run side by side.
      await exclusively(database, { name: 'look', waitSeconds: 0 }, async (session) => {
        if (this.#isWanted(generation)) await this.#reMatch(session, gallery, { generation, signal })
        if (!signal.aborted) await this.#options.afterwards?.(session, { generation, engine: gallery.engine })
      })
    } catch (error) {
      if (error instanceof LockTakenError) return this.#setState('elsewhere')
      this.#setState('idle')
      throw error
    }
  }

  #isWanted(generation: number): boolean {
    return (
      generation !== this.status.generation ||
      performance.now() > this.#completedAt + (this.#options.rescanAfterMs ?? RESCAN_AFTER_MS)
    )
  }

  async #reMatch(
    session: Session,
    gallery: Gallery,
    { generation, signal }: { generation: number; signal: AbortSignal },
  ): Promise<void> {
    const { log } = this.#options
    const total = await countOutdated(session, generation)
    this.status = { state: total > 0 ? 'looking' : 'idle', generation: this.status.generation, done: 0, total }
    const foreign = new Set<string>()
    const begun = performance.now()
    const read = async (after: Cursor): Promise<Batch> => {
      const faces = await outdatedFaces(session, { generation, engine: gallery.engine, after, limit: BATCH })
      return { faces, matches: await this.#match(faces, gallery) }
    }
    for (let next: Promise<Batch> | undefined = read(START); next; ) {
      left.set(Math.max(0, total - this.status.done))
      const { faces, matches }: Batch = await next
      for (const { image_id, foreign: is } of faces) if (is && foreign.size < 10 * DUE_AT_ONCE) foreign.add(image_id)
      // The known people changed again: the next run starts over.
      if (!matches || signal.aborted) return this.#setState('idle')
      const last = faces.at(-1)
      // The face service works on the next ones while the database writes these.
      next = faces.length === BATCH && last ? read(last) : undefined
      next?.catch(() => {})
      await this.#write(session, faces, { matches, generation })
      this.status.done += faces.length
    }
    if (total > 0) log.info({ faces: total, generation, ms: Math.round(performance.now() - begun) }, 'faces re-matched')
    await this.#makeForeignDue(session, foreign)
    await this.#makeDueForFinder(session, gallery)
    this.#completedAt = performance.now()
    left.set(foreign.size)
    this.status = { state: 'idle', generation, done: this.status.done, total }
  }

  async #match(faces: OutdatedFace[], { hash, engine }: Gallery): Promise<Batch['matches']> {
    const own = faces.filter(({ foreign }) => !foreign)
    const described = own.flatMap(({ descriptor }) => descriptor ?? [])
    const answer = described.length > 0 ? await this.#options.client.match(described, engine) : { hash, faces: [] }
    if (answer.hash !== hash || answer.faces.length !== described.length) return undefined
    const found = answer.faces.values()
    return own.map(({ descriptor }) => (descriptor ? (found.next().value ?? null) : null))
  }

  async #write(
    session: Session,
    faces: OutdatedFace[],
    { matches, generation }: { matches: (MatchedFace | null)[]; generation: number },
  ): Promise<void> {
    const own = faces.filter(({ foreign }) => !foreign)
    if (own.length === 0) return
    await transact(session, (session) => writeReMatch(session, own, { matches, generation }))
    rematched.inc(own.length)
  }

  async #makeForeignDue(session: Session, foreign: Set<string>): Promise<void> {
    if (foreign.size === 0) return
    const images = await makeDue(session, [...foreign], DUE_AT_ONCE - (await this.#options.pending()))
    dueAgain.inc(images)
    if (images > 0) this.#options.log.info({ images }, 'photos due again: their embeddings are of another engine')
  }

  /** A few at a time, so that new photos do not wait for them. */
  async #makeDueForFinder(session: Session, { finder }: Gallery): Promise<void> {
    if (finder === 0) return
    const images = await makeDueForFinder(session, finder, DUE_AT_ONCE - (await this.#options.pending()))
    dueForFinder.inc(images)
    if (images > 0) this.#options.log.info({ images, finder }, 'photos due again: faces may be found on them now')
  }

  #setState(state: ReMatchStatus['state']): void {
    this.status = { ...this.status, state }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task.stop()
  }
}
