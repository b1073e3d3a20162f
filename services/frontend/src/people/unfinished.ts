import { ProblemError } from '@livepods/http'
import type { Session } from '@livepods/sql'
import { unfinishedChanges } from './change-log.ts'

/**
 * Throws ProblemError 409 while a change of one of these people, or of this face, waits for its known images: what would be done now, it
 * would undo when it goes on.
 */
export async function refuseUnfinished(
  session: Session,
  { people, face }: { people: number[]; face?: string },
): Promise<void> {
  for (const { before } of await unfinishedChanges(session)) {
    const isOfFace = face !== undefined && 'face' in before && faceOf(before.face) === face
    if (!isOfFace && !before.people.some((person) => people.includes(person))) continue
    throw new ProblemError(409, 'A change of this person is not finished yet. Try again in a few seconds.', {
      headers: { 'retry-after': '3' },
    })
  }
}

/** A naming has the id of its face, a splitting the face as it was. */
function faceOf(face: unknown): unknown {
  return typeof face === 'object' && face !== null && 'id' in face ? face.id : face
}
