/** A decoder's configuration that cannot be read; the track that it belongs to cannot be packaged. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly code = 'BAD_CONFIGURATION'
}
