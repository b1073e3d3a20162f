import type { Matched } from '../gallery/matcher.ts'

/** As fractions of the upright picture, from its upper left corner. */
export interface Box {
  x: number
  y: number
  width: number
  height: number
}

export interface Face {
  box: Box
  /** Certainty of the detector, 0 to 1. */
  score: number
  /** How well it can be seen, 0 to 1; below 0.5 its embedding often is not near to others of the same person. */
  quality: number
  /** 128 numbers; the Euclidean distance between two says how unlike the faces are. */
  descriptor: Float32Array
}

export interface Described {
  /** Size in pixels of the upright picture. */
  width: number
  height: number
  /** Largest first. */
  faces: Face[]
  /** Decoded although the end of the file is missing: faces there were not found. */
  truncated?: boolean
  /** The bounds of one picture were reached before all of it was looked at: there may be small faces that were not found. */
  incomplete?: boolean
  /** So many further faces, the smallest, were found but not described. */
  moreFaces?: number
  /** The faces compared with the known people, where that was asked for and is done by whoever described them. */
  matched?: Matched | undefined
}

export interface DescribeOptions {
  signal?: AbortSignal | undefined
  /** Wait for a free worker however long the queue is. */
  patient?: boolean
  /** The caller does not need the bytes any more: they may go to another thread, and are gone then. */
  given?: boolean
  /** What is missing of the bytes will not come any more: a JPEG that is cut off is decoded as far as it goes, if that is most of it. */
  lenient?: boolean | undefined
  /** The most milliseconds that the caller waits; then the error says whether the picture is being processed. */
  withinMs?: number | undefined
  /** The same for equal pictures that are asked for in the same way: those that come at once are described once. */
  key?: string | undefined
  /** Told that it is being described already, for another caller. */
  joined?: (() => void) | undefined
  /** Told of what was found after all callers had given up. */
  late?: ((described: Described) => void) | undefined
  /** Compare the faces with the known people, too; the largest distance at which a face is that person. */
  threshold?: number | undefined
}

/** Finds and describes the faces of a picture. */
export interface Recogniser {
  /** Whose embeddings these are: a hash of the weights, at most 32 characters. */
  readonly engine: string
  /**
   * Throws ImageUnreadableError (the picture), QueueFullError, BusyError, RecognitionTimeoutError, WorkerLostError (the server), or the
   * signal's reason.
   */
  describe(bytes: Uint8Array, options?: DescribeOptions): Promise<Described>
}
