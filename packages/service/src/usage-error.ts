/** The command line is wrong; the message says what to do instead. The process ends with 64 (EX_USAGE of sysexits.h). */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'USAGE'
  readonly exitCode = 64
}
