/** The call was not made: the breaker is open. The text is kube-cluster-sample's. */
export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError'
  readonly code = 'BREAKER_OPEN'

  constructor() {
    super('circuitbreaker is engaged')
  }
}
