import type { RecognisedOutcome } from '@livepods/photo'

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
  outcome: RecognisedOutcome
  faces: RecognisedFace[]
  /** Who it is, from a server that says a name and no faces (kube-cluster-sample's). */
  named: Match | undefined
  /** SHA-256 (hex) of the known people; empty when the server does not say. */
  gallery: string
  engine: string
  /** A sentence about what is wrong with the picture; empty where nothing is. */
  detail: string
  /** What the file was; undefined when it was not opened, or the server does not say. */
  stamp: string | undefined
  /** UNREADABLE, but the file may still be being written. */
  unfinished: boolean
  /** Decoded although the end of the file is missing or broken. */
  truncated: boolean
}

/** What a server says that knows nothing of files. */
export const OF_NO_FILE = { detail: '', stamp: undefined, unfinished: false, truncated: false }
