/**
 * - MISSING: there is no such tag or repository
 * - DENIED: the credentials are not enough, or wrong
 * - LIMITED: the registry asked for fewer requests
 * - UNAVAILABLE: it does not answer, or says that it cannot
 * - INVALID: it answered something that is no answer to this question
 */
export type RegistryErrorCode = 'MISSING' | 'DENIED' | 'LIMITED' | 'UNAVAILABLE' | 'INVALID'

/** The registry did not say what was asked for. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly code: RegistryErrorCode

  constructor(code: RegistryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
