import { type Outcome, RE_MATCH } from '@livepods/photo'

/** The words of the pages for the states of photos. */
export const STATES = ['pending', 'processing', 'known', 'unknown', 'failed'] as const
export type PhotoState = (typeof STATES)[number]

export interface Person {
  id: number
  name: string
}

export interface Match extends Person {
  /** Euclidean distance of the descriptors; absent when a person said who it is. */
  distance: number | undefined
}

/** A face of a photo; x, y, width, height are fractions of the upright picture. */
export interface Face {
  id: string
  x: number
  y: number
  width: number
  height: number
  score: number
  /** The nearest person is near enough, or a person said who this is. */
  known: boolean
  decided: boolean
  /** Faces that look alike; BIGINT in decimal. */
  group: string | undefined
  nearest: Match | undefined
  runnerUp: Match | undefined
}

export interface Photo {
  /** BIGINT in decimal. */
  id: string
  path: string
  state: PhotoState
  outcome: Outcome | undefined
  /** Whom the row names: the identified face with the smallest distance. */
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
  createdAt: Date
  updatedAt: Date
  faces: Face[]
}

export type Counts = Record<PhotoState, number>

/** Everybody on the photo who is known, each once, nearest first. */
export function peopleOf({ person, faces }: Photo): Match[] {
  const known = faces
    .filter(({ known }) => known)
    .flatMap(({ nearest }) => nearest ?? [])
    .sort((a, b) => (a.distance ?? 0) - (b.distance ?? 0))
  if (known.length === 0 && person) return [{ ...person, distance: undefined }]
  return known.filter(({ id }, index) => known.findIndex((other) => other.id === id) === index)
}

/** Milliseconds from the last claim to the end, of a photo that has both. */
export function durationOf({ claimedAt, claimedBy, finishedAt, state }: Photo): number | undefined {
  // What another look took says nothing of the photo.
  if (!claimedAt || !finishedAt || claimedBy === RE_MATCH || state === 'pending' || state === 'processing')
    return undefined
  const ms = finishedAt.getTime() - claimedAt.getTime()
  return ms >= 0 ? ms : undefined
}
