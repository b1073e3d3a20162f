import { statusOf } from './outcome.ts'
import { STATUS } from './status.ts'

/** What a face says of its photo. */
export interface FaceBearing {
  /** person.id; null: nobody known. */
  personId: number | null
  /** To the nearest known face; null counts as 0, since who is known without one was said by a person. */
  distance: number | null
  /** A person said who this is. */
  decided: boolean
}

/**
 * An expression in a statement on `images`: person.id of whom the photo shows by the faces that it has, or NULL. What a person decided
 * comes first, then the smallest distance, then the face that was stored first.
 */
export const PERSON_OF_FACES = `(SELECT person_id FROM faces WHERE image_id = images.id AND person_id IS NOT NULL
  ORDER BY decided DESC, COALESCE(distance, 0), id LIMIT 1)`

/** The same of faces that were read or found; they come in the order of their ids, those that are not stored yet last. */
export function personOf(faces: FaceBearing[]): number | null {
  const [first] = faces
    .filter(({ personId }) => personId !== null)
    .toSorted((a, b) => Number(b.decided) - Number(a.decided) || (a.distance ?? 0) - (b.distance ?? 0))
  return first?.personId ?? null
}

/** A condition on rows of `images`: the photo says what its faces say. One that is due is left to its worker. */
export const FINAL_BY_FACES = "due_at IS NULL AND outcome IN ('IDENTIFIED', 'UNIDENTIFIED')"

/** Assignments to rows of `images`, which run from left to right: the photo says what its faces say. */
export const FOLLOW_FACES = `person = COALESCE(${PERSON_OF_FACES}, -1), outcome = IF(person = -1, 'UNIDENTIFIED', 'IDENTIFIED'),
  status = IF(person = -1, ${STATUS.PENDING}, ${STATUS.PROCESSED})`

/** The same as values: `person` is -1 for nobody. */
export function verdictOn(personId: number | null) {
  const outcome = personId === null ? ('UNIDENTIFIED' as const) : ('IDENTIFIED' as const)
  return { status: statusOf(outcome), outcome, person: personId ?? -1 }
}
