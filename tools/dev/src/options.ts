import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from '@livepods/service'

const DIRECTORY = fileURLToPath(new URL('../../../.livepods', import.meta.url))

export const USAGE = `pnpm dev [--fresh] [--no-samples] [--verbose] [--directory DIR]

  --fresh          forget everything of earlier runs and start anew
  --no-samples     submit no sample photos
  --verbose        show every line that a process writes, and not warnings and a summary alone
  --directory DIR  keep everything there instead of in .livepods

Set to use what is there already: MYSQL_CONNECTION (with MYSQL_PORT, MYSQL_USERPASSWORD, MYSQL_DBNAME);
NSQ_LOOKUP_ADDRESS and PRODUCER_ADDRESS. ACCESS_TOKENS_FILE: ask for its tokens. Variables of a service reach it: FACE_THRESHOLD=0.6 pnpm dev`

export interface Options {
  directory: string
  fresh: boolean
  samples: boolean
  verbose: boolean
}

/** The options of the command line. Throws UsageError. */
export function readOptions(args: string[]): Options | 'help' {
  const options = {
    directory: { type: 'string', default: DIRECTORY },
    fresh: { type: 'boolean', default: false },
    'no-samples': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  try {
    const { values } = parseArgs({ args: args.filter((arg) => arg !== '--'), options })
    const { directory, fresh, 'no-samples': noSamples, verbose, help } = values
    return help ? 'help' : { directory, fresh, samples: !noSamples, verbose }
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`, { cause: error })
  }
}
