/** The call was not made: the breaker is open. The text is the original's. */
export class BreakerOpen extends Error {
  override readonly name = 'BreakerOpen'

  constructor() {
    super('circuitbreaker is engaged')
  }
}
