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
  /** How well it can be seen, 0 to 1; undefined from a server that does not measure it. */
  quality: number | undefined
  /** The nearest person is this person. */
  identified: boolean
  nearest: Match | undefined
  runnerUp: Match | undefined
  /** 128 little-endian float32. */
  descriptor: Buffer | undefined
}

/** The answer of the face service for one photo. */
export interface Recognition {
  outcome: RecognisedOutcome
  faces: RecognisedFace[]
  /** Who it is, from a server that says a name and no faces (kube-cluster-sample's). */
  named: Match | undefined
  /** SHA-256 (hex) of the gallery; empty from a server without one. */
  gallery: string
  engine: string
  /** Revision of the finder of faces; 0 from a server that tells none. */
  finder: number
  /** A sentence about what is wrong with the picture; empty where nothing is. */
  detail: string
  /** Of the file that was read; undefined when it was not opened, or from a server that gives none. */
  stamp: string | undefined
  /** UNREADABLE, but the file may still be being written. */
  unfinished: boolean
  /** Decoded although the end of the file is missing or broken. */
  truncated: boolean
  /** The bounds of one picture were reached: there may be small faces that were not found. */
  incomplete: boolean
  /** So many further faces were found and left out. */
  moreFaces: number
}

/** The fields about the file and the finder in the answer of a server that gives none. */
export const OF_NO_FILE = {
  finder: 0,
  detail: '',
  stamp: undefined,
  unfinished: false,
  truncated: false,
  incomplete: false,
  moreFaces: 0,
}
