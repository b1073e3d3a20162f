import { ProblemError } from '@livepods/http'
import type { Person } from '@livepods/photo-api'
import type { Session } from '@livepods/sql'
import type { FaceState } from './face-rows.ts'

/** Whose a face was when the client looked: person.id, or null for nobody; undefined where the client does not say. */
export type Seen = number | null | undefined

/** Somebody said meanwhile whose the face is; it takes a decision whether that is wrong. */
export class NamedMeanwhileError extends ProblemError {
  override readonly name = 'NamedMeanwhileError'
  override readonly code = 'NAMED_MEANWHILE'
  readonly person: Person
  /** For so many seconds, where it is known. */
  readonly seconds: number | undefined

  constructor(person: Person, seconds: number | undefined) {
    const since =
      seconds === undefined
        ? `This is ${person.name}’s since you looked.`
        : `This has been ${person.name}’s for ${lasted(seconds)}.`
    super(409, `${since} To change it all the same, send it again with "seen": ${person.id}.`, {
      fields: { code: 'named_meanwhile', person, seconds: seconds ?? null },
    })
    this.person = person
    this.seconds = seconds
  }
}

/** Whose a person said that the face is: nobody when it was only recognised. */
export async function personSaid(
  session: Session,
  { person_id, decided }: Pick<FaceState, 'person_id' | 'decided'>,
): Promise<Person | undefined> {
  if (decided !== 1 || person_id === null) return undefined
  const sql = 'SELECT id, name FROM person WHERE id = ? AND deleted_at IS NULL'
  return (await session.rows<Person>(sql, [person_id]))[0]
}

/** Throws NamedMeanwhileError when the face is neither whose the client saw nor who is meant. */
export async function refuseUnseen(
  session: Session,
  face: string,
  { said, seen, meant }: { said: Person | undefined; seen: Seen; meant?: number },
): Promise<void> {
  if (seen === undefined || said === undefined || said.id === seen || said.id === meant) return
  const [row] = await session.rows<{ seconds: string | null }>(
    `SELECT TIMESTAMPDIFF(SECOND, MAX(at), UTC_TIMESTAMP(3)) AS seconds FROM face_changes
       JOIN JSON_TABLE(\`before\`, '$.faces[*]' COLUMNS (face BIGINT UNSIGNED PATH '$.id')) AS said
       WHERE said.face = ? AND action IN ('name', 'merge') AND undone_at IS NULL`,
    [face],
  )
  throw new NamedMeanwhileError(said, row?.seconds == null ? undefined : Number(row.seconds))
}

const UNITS = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** "20 seconds", "3 days". */
export function lasted(seconds: number): string {
  const whole = Math.max(1, Math.floor(seconds))
  const [length, unit] = UNITS.find(([length]) => whole >= length) ?? [1, 'second']
  const amount = Math.floor(whole / length)
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`
}
