import type { Static, TObject } from 'typebox'
import { environmentTable, readEnvironment } from './environment.ts'
import { orExit } from './or-exit.ts'
import { UsageError } from './usage-error.ts'

/**
 * The configuration of this process. Ends it with 0 and the table of variables for `--help` or `-h`, with 64 for any other of `args`,
 * and with 78 for a bad environment.
 */
export function configOrExit<S extends TObject>(env: S, args: readonly string[]): Static<S> {
  // pnpm passes its own separator on.
  const [argument] = args.filter((argument) => argument !== '--')
  if (argument === '--help' || argument === '-h') {
    console.log(environmentTable(env))
    process.exit(0)
  }
  return orExit(() => {
    if (argument !== undefined)
      throw new UsageError(`"${argument}" is no option: set variables of the environment instead, which --help lists.`)
    return readEnvironment(env, process.env)
  })
}
