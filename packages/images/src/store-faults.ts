/** There is no room for another picture; once there is, the same picture can be put again. */
export class StoreFull extends Error {
  override readonly name = 'StoreFull'
}

/** The store cannot be reached, or refuses us; nothing is wrong with the picture, and another try later may succeed. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}
