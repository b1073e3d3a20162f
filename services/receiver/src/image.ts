import type { Status } from '@livepods/photo'

/** A path that somebody submitted, checked. */
export interface Submission {
  /** Ours, one per item: tells whether a row is this item's after an INSERT whose reply was lost. */
  id: string
  path: string
  /** The client's name for its request; belongs to one path for ever. */
  key?: string | undefined
  origin: Origin
}

/** The request that brought a submission. */
export interface Origin {
  requestId?: string | undefined
  /** W3C trace context, version 00. */
  traceparent?: string | undefined
}

/** The row of a submission. */
export interface Stored {
  id: string
  path: string
  status: Status
  /** This submission made the row; false: the path was there already. */
  isNew: boolean
  /** Of a photo that failed, and that this submission may make due again. */
  failure?: Failure
}

export interface Failure {
  outcome: string
  /** What the file was when it was looked at, if anybody said. */
  stamp: string | null
}
