import { GOOD_QUALITY, RE_MATCH, type State } from '@livepods/photo'
import type { Face, Match, Photo } from '@livepods/photo-api'

/** The words of the pages for the states of photos. */
export const LABELS = ['pending', 'processing', 'known', 'unknown', 'failed'] as const
export type Label = (typeof LABELS)[number]

const LABEL_OF: Record<State, Label> = {
  pending: 'pending',
  processing: 'processing',
  identified: 'known',
  unidentified: 'unknown',
  'no-face': 'failed',
  failed: 'failed',
}

export const labelOf = ({ state }: Pick<Photo, 'state'>): Label => LABEL_OF[state]

export type Counts = Record<Label, number>

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
  // How long a re-match took says nothing of the photo.
  if (!claimedAt || !finishedAt || claimedBy === RE_MATCH || state === 'pending' || state === 'processing')
    return undefined
  const ms = finishedAt.getTime() - claimedAt.getTime()
  return ms >= 0 ? ms : undefined
}

/** Too small or too blurred for its embedding to tell who it is. */
export const isPoor = ({ quality }: Pick<Face, 'quality'>): boolean => quality !== undefined && quality < GOOD_QUALITY
