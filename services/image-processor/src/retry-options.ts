import { parseArgs } from 'node:util'
import { UsageError } from '@livepods/service'

export interface RetryOptions {
  help: boolean
  /** Only says what would be done. */
  dryRun: boolean
}

export const USAGE = `node src/retry.ts [--dry-run]

Makes photos due again that are FAILED for a reason that may be over: EXHAUSTED (no attempt succeeded), MISSING (no such file), and
UNREADABLE where the file has changed since it was read, each at most MAX_ROUNDS times. Says what it did in a sentence, and as a line of JSON in the log. Safe to run at any time, twice at once too.

  --dry-run   only says how many there are
  -h, --help

Ends with 0 when it is done, 1 when the database or the store of the pictures failed it, 64 when the command is wrong, 78 when the environment
is, 143 when it was stopped.

`

/** What the arguments say. Throws UsageError. */
export function readRetryOptions(args: string[]): RetryOptions {
  try {
    const { values } = parseArgs({
      args,
      options: { help: { type: 'boolean', short: 'h' }, 'dry-run': { type: 'boolean' } },
    })
    return { help: values.help ?? false, dryRun: values['dry-run'] ?? false }
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}
