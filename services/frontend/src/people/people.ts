import { ProblemError } from '@livepods/http'
import { type Database, exclusively, LockTakenError } from '@livepods/sql'
import { addNewPerson, addPhotos, type PhotoFile } from './adding.ts'
import { addCannotLink } from './cannot-link.ts'
import { deletePerson } from './deleting.ts'
import { mergePeople } from './merging.ts'
import { nameFace } from './naming.ts'
import type { Who } from './person-rows.ts'
import { removeImage } from './removing.ts'
import { renamePerson } from './renaming.ts'
import { repair } from './repair.ts'
import { splitFace } from './splitting.ts'
import { undoChange } from './undoing.ts'
import type { Seen } from './whose.ts'
import type { Work } from './work.ts'

/** Who does it, for the log. */
export interface By {
  actor: string
  requestId: string
}

/** Longer than a change takes; shorter than a statement may. */
const WAIT_SECONDS = 4

/**
 * What people do to people. One change at a time, whichever replica does it; each is files and rows as one: written down first, then
 * done, and gone on with by `repair` when it was cut. All answer with the id of the change, for undo.
 */
export class People {
  readonly #database: Database
  readonly #parts: Omit<Work, 'session'>

  constructor({ database, ...parts }: { database: Database } & Omit<Work, 'session'>) {
    this.#database = database
    this.#parts = parts
  }

  async name(by: By, photo: string, face: string, who: Who, seen?: Seen): Promise<string> {
    return await this.#change(by, 'face named', (work) => nameFace(work, { actor: by.actor, photo, face, who, seen }))
  }

  /** This face is not the one that it is taken for. */
  async split(by: By, photo: string, face: string, seen?: Seen): Promise<string> {
    const split = (work: Work) => splitFace(work, { actor: by.actor, photo, face, seen })
    return await this.#change(by, 'face split off', split, { ofRows: true })
  }

  async apart(by: By, one: string, other: string): Promise<string> {
    const keep = (work: Work) => addCannotLink(work, { actor: by.actor, one, other })
    return await this.#change(by, 'cannot-link added', keep, { ofRows: true })
  }

  async add(
    by: By,
    name: string,
    photos: PhotoFile[],
    { another = false } = {},
  ): Promise<{ change: string; person: number }> {
    return await this.#change(by, 'person added', (work) =>
      addNewPerson(work, { actor: by.actor, name, another, photos }),
    )
  }

  async addPhotos(by: By, person: number, photos: PhotoFile[]): Promise<string> {
    return await this.#change(by, 'known photos added', (work) => addPhotos(work, { actor: by.actor, person, photos }))
  }

  async rename(by: By, person: number, name: string, { another = false } = {}): Promise<string> {
    const rename = (work: Work) => renamePerson(work, { actor: by.actor, person, name, another })
    return await this.#change(by, 'person renamed', rename, { ofRows: true })
  }

  async removeImage(by: By, person: number, image: number): Promise<string> {
    return await this.#change(by, 'known photo removed', (work) =>
      removeImage(work, { actor: by.actor, person, image }),
    )
  }

  async merge(by: By, from: number, into: number): Promise<string> {
    return await this.#change(by, 'people merged', (work) => mergePeople(work, { actor: by.actor, from, into }))
  }

  /** Can be undone for five minutes; then nothing is left. */
  async delete(by: By, person: number): Promise<string> {
    return await this.#change(by, 'person deleted', (work) => deletePerson(work, { actor: by.actor, person }))
  }

  async undo(by: By, change: string): Promise<void> {
    await this.#change(by, 'change undone', async (work) => {
      await undoChange(work, change)
      return change
    })
  }

  /** The known images that vanished, and are held, are gone for good; only when they are those of this loss. */
  async confirmGone({ actor, requestId }: By, loss: string): Promise<boolean> {
    const confirmed = await this.#parts.faces.confirmGone(loss)
    this.#parts.log.info({ actor, requestId, loss, confirmed }, 'known images confirmed gone')
    return confirmed
  }

  /** Goes on with what was cut, and makes rows fit the files; does nothing while a change is under way. */
  async repair(): Promise<void> {
    try {
      await exclusively(this.#database, { name: 'people', waitSeconds: 0 }, (session) =>
        repair({ ...this.#parts, session }),
      )
    } catch (error) {
      if (!(error instanceof LockTakenError)) throw error
    }
  }

  async #change<T>(
    { actor, requestId }: By,
    what: string,
    change: (work: Work) => Promise<T>,
    { ofRows = false } = {},
  ): Promise<T> {
    if (!ofRows) await this.#requireStore()
    try {
      const done = await exclusively(this.#database, { name: 'people', waitSeconds: WAIT_SECONDS }, (session) =>
        change({ ...this.#parts, session }),
      )
      this.#parts.log.info({ actor, requestId, change: done }, what)
      return done
    } catch (error) {
      if (!(error instanceof LockTakenError)) throw error
      throw new ProblemError(503, 'Another change of people is under way. Try again in a few seconds.', {
        cause: error,
        headers: { 'retry-after': '3' },
      })
    }
  }

  /** A change of files that are away would be half of it. A face service that does not answer is the affair of the change itself. */
  async #requireStore(): Promise<void> {
    const state = await this.#parts.faces.state()
    if (state?.kind !== 'away' && state?.kind !== 'held') return
    if (state.kind === 'away' && !(await this.#isAnybodyKnown())) return
    throw new ProblemError(503, state.detail, { headers: { 'retry-after': '10' } })
  }

  /** Where nobody ever was, the first known image makes the folder. */
  async #isAnybodyKnown(): Promise<boolean> {
    return (await this.#database.rows('SELECT id FROM person_images LIMIT 1')).length > 0
  }
}
