import type { Outcome } from './outcome.ts'

/** A known person: `person` is the stable key, `imageName` the known image that was nearest. */
export interface Match {
  person: string
  imageName: string
  distance: number
}

/** Fractions of the upright picture. */
export interface Box {
  x: number
  y: number
  width: number
  height: number
}

export interface RecognisedFace {
  box: Box
  score: number
  /** The nearest person is this person. */
  identified: boolean
  nearest: Match | undefined
  runnerUp: Match | undefined
  /** 128 little-endian float32. */
  descriptor: Buffer | undefined
}

/** What the face service said of one photo. */
export interface Recognition {
  outcome: Outcome
  /** A sentence about the outcome, where the server says one. */
  detail?: string | undefined
  faces: RecognisedFace[]
  /** Who it is, from a server that says a name and no faces (the original's). */
  named: Match | undefined
  /** SHA-256 (hex) of the known people; empty when the server does not say. */
  gallery: string
  engine: string
  /** Decoded although the end of the file is missing: faces there were not found. */
  truncated?: boolean
}
