import type { Outcome, State, Status } from '@livepods/photo'

export interface Person {
  id: number
  name: string
}

export interface Match extends Person {
  /** Euclidean distance of the embeddings; absent when a person said who it is. */
  distance: number | undefined
}

/** A face of a photo; x, y, width, height are fractions of the upright picture. */
export interface Face {
  /** BIGINT in decimal. */
  id: string
  x: number
  y: number
  width: number
  height: number
  score: number
  /** How well it can be seen, 0 to 1; undefined: not measured. */
  quality: number | undefined
  /** The nearest person is near enough, or a person said who this is. */
  known: boolean
  decided: boolean
  /** To whom the machine found; absent when a person said who it is, or it is nobody. */
  distance: number | undefined
  /** Faces that look alike; BIGINT in decimal. */
  group: string | undefined
  nearest: Match | undefined
  runnerUp: Match | undefined
}

/** A row of `images` with its faces; people who were deleted are on none. */
export interface Photo {
  /** BIGINT in decimal. */
  id: string
  path: string
  status: Status
  state: State
  final: boolean
  outcome: Outcome | undefined
  /** Whom the row names. */
  person: Person | undefined
  attempts: number
  rounds: number
  claimedBy: string | undefined
  dueAt: Date | undefined
  claimedAt: Date | undefined
  finishedAt: Date | undefined
  lastError: string | undefined
  /** Decoded although the end of the file is missing: faces there were not found. */
  truncated: boolean
  /** There may be small faces that were not found. */
  incomplete: boolean
  /** So many faces, the smallest, were found and left out. */
  moreFaces: number
  createdAt: Date
  updatedAt: Date
  /** In the order of their ids. */
  faces: Face[]
}
