import { personOf, type RecognisedOutcome, statusOf, verdictOn } from '@livepods/photo'
import type { Database } from '@livepods/sql'
import type { Claim } from './claim.ts'
import { columnsOf, type DecidedFace, type FoundFace, isWithheld, replaceFaces, storedFaces } from './face-store.ts'
import type { GalleryStore } from './gallery-store.ts'
import { personIds } from './people-store.ts'
import type { PhotoStore, Verdict } from './photo-store.ts'
import type { RecognisedFace, Recognition } from './recognition.ts'
import { isAnother, isSameFace } from './same-face.ts'

/** Writes what was recognised in one transaction: photo, faces, and people who were not there yet. */
export class Completion {
  readonly #database: Database
  readonly #photoStore: PhotoStore
  readonly #galleries: GalleryStore

  constructor({
    database,
    photoStore,
    galleries,
  }: { database: Database; photoStore: PhotoStore; galleries: GalleryStore }) {
    this.#database = database
    this.#photoStore = photoStore
    this.#galleries = galleries
  }

  /**
   * The outcome that was written, or undefined when the claim was lost: then nothing was written. Idempotent: after a lost answer a second
   * call changes nothing and answers the same.
   */
  async complete(claim: Claim, recognition: Recognition): Promise<RecognisedOutcome | undefined> {
    const generation = await this.#galleries.generation(recognition.gallery)
    try {
      return await this.#database.transaction(async (session) => {
        const { faces, named } = recognition
        const matches = [named, ...faces.flatMap(({ nearest, runnerUp }) => [nearest, runnerUp])].filter(
          (match) => !!match,
        )
        const stored = await storedFaces(session, claim.id)
        if (!stored) throw new ClaimLostError()
        const { decided, undecided } = stored
        const ids = await personIds(session, matches)
        const found: FoundFace[] = []
        const seenAgain: { decided: DecidedFace; face: FoundFace }[] = []
        for (const recognised of faces) {
          const face = foundFace(recognised, ids, { generation, engine: recognition.engine })
          const known = decided.find(
            (one) =>
              !seenAgain.some((pair) => pair.decided === one) && isSameFace(one.box, face.box) && !isAnother(one, face),
          )
          if (known) seenAgain.push({ decided: known, face })
          else found.push(face)
        }
        const result = verdictOf(recognition, { found, decided, named: named && ids.get(named.imageName) })
        const verdict = {
          ...result,
          stamp: recognition.stamp,
          truncated: recognition.truncated,
          incomplete: recognition.incomplete,
          moreFaces: recognition.moreFaces,
          finder: recognition.finder,
        }
        if (!(await this.#photoStore.finish(session, claim, { ...verdict, generation }))) throw new ClaimLostError()
        await replaceFaces(session, claim.id, { undecided, found, seenAgain })
        return verdict.outcome
      })
    } catch (error) {
      if (error instanceof ClaimLostError) return await this.#photoStore.finished(claim)
      throw error
    }
  }
}

/** Rolls the transaction back. */
class ClaimLostError extends Error {
  override readonly name = 'ClaimLostError'
  readonly code = 'CLAIM_LOST'
}

function foundFace(
  recognised: RecognisedFace,
  ids: Map<string, number>,
  { generation, engine }: { generation: number; engine: string },
): FoundFace {
  const { box, score, quality = null, descriptor } = recognised
  const compared = isWithheld(recognised, ids) ? 0 : generation
  return {
    ...{ box, score, quality, descriptor: descriptor ?? null, engine, generation: compared },
    ...columnsOf(recognised, ids),
  }
}

/** The verdict on a photo. A person's decision about a face overrides what was recognised. */
function verdictOf(
  { outcome, detail }: Recognition,
  { found, decided, named }: { found: FoundFace[]; decided: DecidedFace[]; named: number | undefined },
): Pick<Verdict, 'status' | 'outcome' | 'person' | 'detail'> {
  if (outcome === 'UNREADABLE' || outcome === 'MISSING' || outcome === 'REFUSED') {
    return { status: statusOf(outcome), outcome, person: -1, detail }
  }
  if (outcome === 'NO_FACE' && found.length === 0 && decided.length === 0 && named === undefined) {
    return { status: statusOf(outcome), outcome, person: -1, detail }
  }
  const person = personOf([
    ...decided.map((face) => ({ ...face, decided: true })),
    ...(named === undefined ? [] : [{ personId: named, distance: 0, decided: false }]),
    ...found.map((face) => ({ ...face, decided: false })),
  ])
  return verdictOn(person)
}
