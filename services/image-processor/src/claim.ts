/** A photo that is ours until its lease ends; `token` is what every later statement must match. */
export interface Claim {
  id: string
  token: string
  path: string
  /** This one included. */
  attempts: number
  requestId: string | null
  traceparent: string | null
}
