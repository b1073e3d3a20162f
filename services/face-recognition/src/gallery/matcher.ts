/** A known person, by the image of theirs that is nearest. */
export interface Match {
  /** The person's stable key. */
  person: string
  /** Path of the known image relative to KNOWN_PEOPLE. */
  imageName: string
  /** Euclidean distance of the embeddings. */
  distance: number
}

export interface FaceMatch {
  /** `nearest` is near enough to be this person. */
  identified: boolean
  /** Absent when nobody is known. */
  nearest?: Match
  /** The nearest of the other people. */
  runnerUp?: Match
}

export interface Matched {
  /** SHA-256 (hex) of the known people that were looked at. */
  gallery: string
  /** In the order of the embeddings. */
  faces: FaceMatch[]
}

/** Finds the known people that faces look like. Asynchronous, so that it may happen on another thread. */
export interface Matcher {
  match(descriptors: Float32Array[], threshold: number): Promise<Matched>
}
