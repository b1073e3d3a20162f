import { Metadata, type ServiceError, status } from '@grpc/grpc-js'

export { Metadata, status }

/** What a handler throws to answer with a status code and a sentence; anything else becomes INTERNAL without its text. */
export class RpcError extends Error {
  readonly code: status
  /** For programs, where the code alone could mean several things; sent as metadata. */
  readonly reason: string | undefined

  constructor(code: status, message: string, { reason, ...options }: ErrorOptions & { reason?: string } = {}) {
    super(message, options)
    this.name = 'RpcError'
    this.code = code
    this.reason = reason
  }
}

/** A call that did not succeed: `code` and `details` are what the server, or the channel, said. */
export class CallError extends Error {
  readonly code: status
  readonly details: string
  /** What the server's RpcError gave as its reason. */
  readonly reason: string | undefined
  /** No connection could be made: the server never saw the call. */
  readonly unsent: boolean

  constructor(method: string, cause: ServiceError, { unsent = false } = {}) {
    super(`${method.slice(method.lastIndexOf('/') + 1)}: ${status[cause.code]}: ${cause.details}`, { cause })
    this.name = 'CallError'
    this.code = cause.code
    this.details = cause.details
    this.reason = cause.metadata?.get('reason')[0]?.toString()
    this.unsent = unsent
  }

  /** The request itself is at fault: the same call again has the same end. */
  get permanent(): boolean {
    return PERMANENT.has(this.code)
  }
}

const PERMANENT: ReadonlySet<status> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.ALREADY_EXISTS,
  status.PERMISSION_DENIED,
  status.FAILED_PRECONDITION,
  status.OUT_OF_RANGE,
  status.UNIMPLEMENTED,
  status.UNAUTHENTICATED,
])
