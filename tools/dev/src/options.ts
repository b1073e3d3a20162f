import { parseArgs } from 'node:util'

export const USAGE = `pnpm dev [--fresh] [--no-samples]

  --fresh       forget everything of earlier runs (.livepods/) and start anew
  --no-samples  submit no sample photos

Set to use what is there already: MYSQL_CONNECTION (with MYSQL_PORT, MYSQL_USERPASSWORD, MYSQL_DBNAME);
NSQ_LOOKUP_ADDRESS and PRODUCER_ADDRESS. Variables of a service reach it: FACE_THRESHOLD=0.6 pnpm dev`

export interface Options {
  fresh: boolean
  samples: boolean
}

/** The options of the command line; throws a sentence for one that does not exist. */
export function readOptions(args: string[]): Options | 'help' {
  const options = { fresh: { type: 'boolean' }, 'no-samples': { type: 'boolean' }, help: { type: 'boolean' } } as const
  try {
    const { values } = parseArgs({ args: args.filter((arg) => arg !== '--'), options })
    return values.help ? 'help' : { fresh: values.fresh ?? false, samples: !values['no-samples'] }
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${USAGE}`, { cause: error })
  }
}
