import { StoreUnavailableError } from '@livepods/images'

/** The place of the known people as a whole cannot be read: nothing can be said about any of them. `message` is a sentence for people. */
export class KnownStoreAwayError extends StoreUnavailableError {
  override readonly name = 'KnownStoreAwayError'
  override readonly code = 'KNOWN_STORE_AWAY'
  /** There is no such place, rather than one that cannot be read. */
  readonly absent: boolean

  constructor(message: string, { absent = false, ...options }: ErrorOptions & { absent?: boolean } = {}) {
    super(message, options)
    this.absent = absent
  }
}

/**
 * While the place is away, or has lost images, a change would be made in the wrong place, or to what is not there. Throws
 * KnownStoreAwayError.
 */
export function requireStore({ state }: { state: { obstacle: string | undefined } }): void {
  if (state.obstacle !== undefined) throw new KnownStoreAwayError(state.obstacle)
}
