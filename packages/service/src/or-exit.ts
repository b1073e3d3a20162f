import { EnvironmentError } from './environment.ts'
import { UsageError } from './usage-error.ts'

/** What `read` returns; where it throws UsageError or EnvironmentError, the process ends with the sentence, and with 64 or 78. */
export function orExit<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof EnvironmentError || error instanceof UsageError)) throw error
    console.error(error.message)
    process.exit(error.exitCode)
  }
}
