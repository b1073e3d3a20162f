/** The API server refused, or did not answer: then the status is 0. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError'
  readonly code = 'CLUSTER'
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** Somebody else changed the object in between. */
export function isConflict(error: unknown): boolean {
  return error instanceof ClusterError && error.status === 409
}

/** A version of a list that the API server does not have any more. */
export function isExpired(error: unknown): boolean {
  return error instanceof ClusterError && error.status === 410
}
