/** There is no room for another picture; once there is, the same picture can be put again. */
export class StoreFull extends Error {
  override readonly name = 'StoreFull'
}

/** The store cannot be reached, or refuses us; nothing is wrong with the picture, and another try later may succeed. */
export class StoreUnavailable extends Error {
  override readonly name: string = 'StoreUnavailable'
}

/** Not one picture is out of reach, but all of the store ('store-away') or of one further folder ('folder-away'). */
export class StoreAway extends StoreUnavailable {
  override readonly name = 'StoreAway'
  readonly code: 'store-away' | 'folder-away'

  constructor(code: StoreAway['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
