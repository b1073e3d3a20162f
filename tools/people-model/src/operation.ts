/** Whom somebody means: a person's key, or a name. */
export type Who = { person: string } | { name: string }

interface OperationOf {
  name: { face: string; who: Who; seen?: string | null | undefined }
  split: { face: string; seen?: string | null | undefined }
  apart: { one: string; other: string }
  merge: { from: string; into: string }
  rename: { person: string; name: string }
  /** Known photos of a new person. */
  add: { name: string; pictures: string[] }
  'add-photos': { person: string; pictures: string[] }
  'remove-image': { person: string; image: string }
  delete: { person: string }
  undo: { change: string }
  /** The time in which deletions can be undone is over. */
  expire: object
  /** A frontend goes on with what was cut, and purges. */
  repair: object
  /** The image-processor compares stored faces with the known people, and then puts those of nobody into clusters. */
  group: object
  /** The first and the second half of that. */
  match: object
  cluster: object
}

export type Kind = keyof OperationOf

/** What a person, a machine or time does to people, with a number that what it makes is named after. */
export type Operation<K extends Kind = Kind> = { [One in K]: OperationOf[One] & { kind: One; number: string } }[K]

/** A picture that is none is refused. */
export const NO_PICTURE = 'no picture'

/** What an operation is answered with when it is refused: an HTTP status. */
export class RefusedOperationError extends Error {
  override readonly name = 'RefusedOperationError'
  readonly code = 'REFUSED'
  readonly status: number

  constructor(status: number) {
    super(`refused with ${status}`)
    this.status = status
  }
}
