/** What happens to a name that is taken: see the README. */
export type ConflictPolicy = 'own' | 'take' | 'refuse'

/** A publisher that sent nothing for so long may be replaced by anybody's reconnect. */
const SILENT_MS = 2000
/** Two encoders that both come back at once would else replace each other for ever. */
const TAKEOVER_EVERY_MS = 10_000

export interface Holder {
  /** Name of the token that it published with; undefined where no tokens are set. */
  owner: string | undefined
  /** Since its last message. */
  silentMs: number
  /** Since it took the name over from somebody; infinite when it did not. */
  tookOverMs: number
}

/** Why the next publisher may not have the name of `holder`; undefined: it may. */
export function conflict(policy: ConflictPolicy, holder: Holder, owner: string | undefined): string | undefined {
  if (policy === 'refuse') return 'Somebody publishes this stream already.'
  if (policy === 'own' && holder.owner !== owner) return 'This stream belongs to another publisher.'
  if (holder.silentMs >= SILENT_MS) return undefined
  if (policy === 'own' && owner === undefined) return 'Somebody publishes this stream already.'
  if (holder.tookOverMs < TAKEOVER_EVERY_MS) return 'This stream was taken over a moment ago. Try again in ten seconds.'
  return undefined
}
