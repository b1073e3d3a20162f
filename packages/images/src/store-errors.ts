/** There is no room for another picture; once there is, the same picture can be put again. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError'
  readonly code = 'STORE_FULL'
}

/** The store cannot be reached, or refuses us; nothing is wrong with the picture, and another try later may succeed. */
export class StoreUnavailableError extends Error {
  override readonly name: string = 'StoreUnavailableError'
  readonly code: string = 'STORE_UNAVAILABLE'
}

/** Not one picture is out of reach, but all of the store ('store-away') or of one further folder ('folder-away'). */
export class StoreAwayError extends StoreUnavailableError {
  override readonly name = 'StoreAwayError'
  readonly code: 'store-away' | 'folder-away'

  constructor(code: StoreAwayError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
