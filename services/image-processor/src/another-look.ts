import { CallError, status } from '@livepods/grpc'
import { counter, gauge, type Log, PeriodicTask } from '@livepods/service'
import { type Database, exclusively, LockTakenError, type Session, transact } from '@livepods/sql'
import type { Gallery, MatchedFace } from './gallery-client.ts'
import { countOutdated, makeDue, type OutdatedFace, outdatedFaces, type Place, START, writeLook } from './look-store.ts'

export interface AnotherLookOptions {
  database: Database
  galleries: { generation(hash: string): Promise<number> }
  client: {
    current(): Promise<Gallery | undefined>
    match(descriptors: Buffer[], engine: string): Promise<{ hash: string; faces: MatchedFace[] }>
  }
  /** Photos that wait for their turn: more are made due only while they are few. */
  pending: () => Promise<number>
  /** True while asking the face service would not help. */
  resting: () => boolean
  /** What else is done while the lock is held, after the look. */
  afterwards?: (session: Session, gallery: { generation: number; engine: string }) => Promise<void>
  everyMs: number
  /** A photo may finish with an answer that was given before the look: then its faces wait so long at most. */
  againAfterMs?: number
  log: Log
}

export interface LookStatus {
  /** elsewhere: another process looks. */
  state: 'idle' | 'looking' | 'elsewhere'
  /** Of the known people that faces were last compared with by this process. */
  generation: number
  /** Faces of the look that is under way. */
  done: number
  total: number
}

interface Batch {
  faces: OutdatedFace[]
  /** Of those that are not foreign; undefined when the answer was about other known people. */
  matches: (MatchedFace | null)[] | undefined
}

const BATCH = 1000
/** So many photos of another engine are in work at once. */
const DUE_AT_ONCE = 100
const AGAIN_AFTER_MS = 5000

const looked = counter({
  name: 'faces_looked_at_total',
  help: 'Stored faces that were compared with new known people.',
})
const left = gauge({
  name: 'faces_to_look_at',
  help: 'Stored faces that are still to be compared with the known people.',
})
const dueAgain = counter({ name: 'images_due_for_engine_total', help: 'Photos made due again for another engine.' })

/**
 * Compares stored faces with the known people whenever those changed: in batches, without looking at a picture, one process at a time.
 * Every batch is one transaction, so that whoever takes over goes on after the last one.
 */
export class AnotherLook implements AsyncDisposable {
  readonly #options: AnotherLookOptions
  readonly #task: PeriodicTask
  #fullAt = Number.NEGATIVE_INFINITY
  #isFailing = false
  status: LookStatus = { state: 'idle', generation: 0, done: 0, total: 0 }

  constructor(options: AnotherLookOptions) {
    this.#options = options
    this.#task = new PeriodicTask((signal) => this.#take(signal), {
      everyMs: options.everyMs,
      jitter: [0.75, 1.25],
      onFailure: (error) => this.#tellWhyNot(error),
    })
  }

  /** A face service that is not there yet, or away, is no fault of this process. */
  #tellWhyNot(error: unknown): void {
    const { log } = this.#options
    this.#isFailing = true
    if (error instanceof CallError && error.code === status.UNAVAILABLE)
      log.info(
        { reason: error.message },
        'stored faces are compared with the known people once face-recognition answers',
      )
    else log.warn({ err: error }, 'look at stored faces failed; it goes on from there')
  }

  start(): void {
    this.#task.start()
  }

  async #take(signal: AbortSignal): Promise<void> {
    const { client, galleries, database, resting } = this.#options
    try {
      if (resting()) return
      const gallery = await client.current()
      if (!gallery) return
      if (this.#isFailing) this.#options.log.info('face-recognition answers; stored faces are compared')
      this.#isFailing = false
      const generation = await galleries.generation(gallery.hash)
      await exclusively(database, { name: 'look', waitSeconds: 0 }, async (session) => {
        if (this.#isWanted(generation)) await this.#look(session, gallery, { generation, signal })
        if (!signal.aborted) await this.#options.afterwards?.(session, { generation, engine: gallery.engine })
      })
    } catch (error) {
      if (error instanceof LockTakenError) return this.#become('elsewhere')
      this.#become('idle')
      throw error
    }
  }

  #isWanted(generation: number): boolean {
    return (
      generation !== this.status.generation ||
      performance.now() > this.#fullAt + (this.#options.againAfterMs ?? AGAIN_AFTER_MS)
    )
  }

  async #look(
    session: Session,
    gallery: Gallery,
    { generation, signal }: { generation: number; signal: AbortSignal },
  ): Promise<void> {
    const { log } = this.#options
    const total = await countOutdated(session, generation)
    this.status = { state: total > 0 ? 'looking' : 'idle', generation: this.status.generation, done: 0, total }
    const foreign = new Set<string>()
    const begun = performance.now()
    const read = async (after: Place): Promise<Batch> => {
      const faces = await outdatedFaces(session, { generation, engine: gallery.engine, after, limit: BATCH })
      return { faces, matches: await this.#match(faces, gallery) }
    }
    for (let next: Promise<Batch> | undefined = read(START); next; ) {
      left.set(Math.max(0, total - this.status.done))
      const { faces, matches }: Batch = await next
      for (const { image_id, foreign: is } of faces) if (is && foreign.size < 10 * DUE_AT_ONCE) foreign.add(image_id)
      // The known people changed again: the next turn begins anew.
      if (!matches || signal.aborted) return this.#become('idle')
      const last = faces.at(-1)
      // The face service works on the next ones while the database writes these.
      next = faces.length === BATCH && last ? read(last) : undefined
      next?.catch(() => {})
      await this.#write(session, faces, { matches, generation })
      this.status.done += faces.length
    }
    if (total > 0) log.info({ faces: total, generation, ms: Math.round(performance.now() - begun) }, 'faces looked at')
    await this.#describeAgain(session, foreign)
    this.#fullAt = performance.now()
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
    await transact(session, (session) => writeLook(session, own, { matches, generation }))
    looked.inc(own.length)
  }

  async #describeAgain(session: Session, foreign: Set<string>): Promise<void> {
    if (foreign.size === 0) return
    const images = await makeDue(session, [...foreign], DUE_AT_ONCE - (await this.#options.pending()))
    dueAgain.inc(images)
    if (images > 0) this.#options.log.info({ images }, 'photos are due again: another engine described them')
  }

  #become(state: LookStatus['state']): void {
    this.status = { ...this.status, state }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task.stop()
  }
}
