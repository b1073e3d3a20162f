/** The column `kind` of the table messages. */
export const KIND = {
  message: 0,
  /** Came after its tombstone or skip. */
  late: 1,
  /** Its body was refused on its way. */
  tombstone: 2,
  /** A person gave it up. */
  skip: 3,
} as const

export type Kind = (typeof KIND)[keyof typeof KIND]

/** Whether the message of this number has no body yet. */
export function isAbsent(kind: Kind): boolean {
  return kind === KIND.tombstone || kind === KIND.skip
}
