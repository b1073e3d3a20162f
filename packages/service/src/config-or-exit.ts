import type { Static, TObject } from 'typebox'
import { EnvironmentError, environmentTable, readEnvironment } from './environment.ts'

/** The configuration of this process; prints the table of variables and ends it for `--help`, ends it with 78 for a bad environment. */
export function configOrExit<S extends TObject>(env: S): Static<S> {
  if (process.argv.includes('--help')) {
    console.log(environmentTable(env))
    process.exit(0)
  }
  try {
    return readEnvironment(env, process.env)
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    console.error(error.message)
    process.exit(error.exitCode)
  }
}
