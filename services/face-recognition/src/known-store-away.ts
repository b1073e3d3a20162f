import { StoreUnavailable } from '@livepods/images'

/** The place of the known people as a whole cannot be read: nothing can be said about any of them. `message` is a sentence for people. */
export class KnownStoreAway extends StoreUnavailable {
  /** There is no such place, rather than one that cannot be read. */
  readonly absent: boolean

  constructor(message: string, { absent = false, ...options }: ErrorOptions & { absent?: boolean } = {}) {
    super(message, options)
    this.absent = absent
  }
}
