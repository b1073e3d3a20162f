import { isFinal, isOutcome, stateOf, statusName } from '@livepods/photo'
import type { Face, Match, Photo } from './photo.ts'

export interface PhotoRow {
  id: string
  path: string
  status: number
  outcome: string | null
  /** -1 or NULL: none. */
  person: number | null
  person_name: string | null
  attempts: number
  rounds: number
  claimed_by: string | null
  due_at: Date | null
  claimed_at: Date | null
  finished_at: Date | null
  last_error: string | null
  truncated: number
  incomplete: number
  more_faces: number
  created_at: Date
  updated_at: Date
}

export interface FaceRow {
  id: string
  image_id: string
  x: number
  y: number
  width: number
  height: number
  score: number
  quality: number | null
  decided: number
  group_id: string | null
  person_id: number | null
  person_name: string | null
  distance: number | null
  runner_up_id: number | null
  runner_up_name: string | null
  runner_up_distance: number | null
}

export function photoOf(row: PhotoRow, faces: Face[]): Photo {
  return {
    id: row.id,
    path: row.path,
    status: statusName(row.status),
    state: stateOf(row),
    final: isFinal(row),
    outcome: isOutcome(row.outcome) ? row.outcome : undefined,
    person: row.person_name === null || row.person === null ? undefined : { id: row.person, name: row.person_name },
    attempts: row.attempts,
    rounds: row.rounds,
    claimedBy: row.claimed_by ?? undefined,
    dueAt: row.due_at ?? undefined,
    claimedAt: row.claimed_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    lastError: row.last_error ?? undefined,
    truncated: row.truncated === 1,
    incomplete: row.incomplete === 1,
    moreFaces: row.more_faces,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    faces,
  }
}

/** A face without a person has the nearest known one as its runner-up. */
export function faceOf(row: FaceRow): Face {
  const person = matchOf(row.person_id, row.person_name, row.distance)
  const runnerUp = matchOf(row.runner_up_id, row.runner_up_name, row.runner_up_distance)
  return {
    id: row.id,
    x: row.x,
    y: row.y,
    width: row.width,
    height: row.height,
    score: row.score,
    quality: row.quality ?? undefined,
    decided: row.decided === 1,
    distance: row.distance ?? undefined,
    group: row.group_id ?? undefined,
    known: person !== undefined,
    nearest: person ?? runnerUp,
    runnerUp: person && runnerUp,
  }
}

function matchOf(id: number | null, name: string | null, distance: number | null): Match | undefined {
  return id === null || name === null ? undefined : { id, name, distance: distance ?? undefined }
}
