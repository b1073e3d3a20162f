/** The claim on a photo, until its lease ends; every later statement must match `token`. */
export interface Claim {
  id: string
  token: string
  path: string
  /** This one included. */
  attempts: number
  requestId: string | null
  traceparent: string | null
  /** The stamp of the file, when all attempts of the last minute have seen the same. */
  settledStamp?: string | undefined
  /** The file may still be being written: the photo was accepted, or made due again, less than five minutes ago. */
  mayWait?: boolean
}
