import type { Role } from './role.ts'

export const REASONS = ['missing', 'unknown', 'role', 'limited'] as const
export type Reason = (typeof REASONS)[number]

/** The client may not do this; the message names the role that it takes. */
export class AccessRefusedError extends Error {
  override readonly name = 'AccessRefusedError'
  readonly code = 'ACCESS_REFUSED'
  readonly reason: Reason
  /** Seconds until a retry may succeed, where they are known. */
  readonly retryAfter: number | undefined

  constructor(reason: Reason, { needed, retryAfter }: { needed: Role; retryAfter?: number }) {
    super(SENTENCES[reason].replace('$role', needed))
    this.reason = reason
    this.retryAfter = retryAfter
  }
}

const SENTENCES: Record<Reason, string> = {
  missing: 'This needs an access token with the role $role.',
  unknown: 'This access token is not known here.',
  role: 'This needs an access token with the role $role; yours has a lesser one.',
  limited: 'Too many wrong access tokens came from your address. Try again later.',
}
