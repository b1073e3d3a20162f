/** A photo that is ours until its lease ends; `token` is what every later statement must match. */
export interface Claim {
  id: string
  token: string
  path: string
  /** This one included. */
  attempts: number
  requestId: string | null
  traceparent: string | null
  /** The stamp that the file has had for a minute, as far as we looked. */
  settledStamp?: string | undefined
  /** The file may still be being written: the photo was accepted, or made due again, less than five minutes ago. */
  mayWait?: boolean
}
