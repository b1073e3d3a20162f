import { isIP } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from '@livepods/service'
import { LOOPBACK } from '@livepods/system'
import type { Choice } from './choice.ts'

const DIRECTORY = fileURLToPath(new URL('../../../.livepods', import.meta.url))

export const USAGE = `pnpm dev [--only GROUPS] [--with NAMES] [--engine NAME] [--fresh]
         [--no-samples] [--verbose] [--directory DIR] [--host ADDRESS]
         [--port N] [--root DIR]

  --only GROUPS    start these groups alone, and whom they call:
                   --only faces,live
  --with NAMES     start these groups and services too, which are off by
                   default: --with delivery,compute; case-study: messages as
                   on a cluster, 3 senders, 2 relays, 3 sinks
  --engine NAME    who finds and describes faces (FACE_ENGINE): onnx, opencv,
                   whose nets are fetched by pip, or face-api
  --fresh          forget everything of earlier runs and start anew
  --no-samples     submit no sample photos
  --verbose        show every line of a process, not warnings and a summary
  --directory DIR  keep everything there instead of in .livepods
  --host ADDRESS   let other machines in at this address (0.0.0.0: at every
                   one), with tokens of ACCESS_TOKENS_FILE only
  --port N         of the page
  --root DIR       start what another folder than this repository declares

Ports once taken are taken again by the next start.

Variables of a service reach it (FACE_THRESHOLD=0.6 pnpm dev), also a port of
its own (FRONTEND_PORT=9000), but not where processes find each other.
ACCESS_TOKENS_FILE: ask for its tokens. To use what is there already:
MYSQL_CONNECTION (with MYSQL_PORT, MYSQL_USERPASSWORD, MYSQL_DBNAME);
NSQ_LOOKUP_ADDRESS and PRODUCER_ADDRESS.`

export interface Options {
  directory: string
  fresh: boolean
  samples: boolean
  verbose: boolean
  /** Where those listen that everybody may reach. */
  host: string
  /** Of the page. */
  port: number | undefined
  choice: Choice
  /** Of face-recognition. */
  engine: string | undefined
  /** Where declarations are looked for; absent: in this repository. */
  root: string | undefined
}

/** The options of the command line. Throws UsageError. */
export function readOptions(args: string[]): Options | 'help' {
  const options = {
    directory: { type: 'string', default: DIRECTORY },
    fresh: { type: 'boolean', default: false },
    'no-samples': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    host: { type: 'string', default: LOOPBACK },
    port: { type: 'string' },
    only: { type: 'string', multiple: true },
    with: { type: 'string', multiple: true },
    engine: { type: 'string' },
    root: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  try {
    const { values } = parseArgs({ args: args.filter((arg) => arg !== '--'), options })
    const { directory, fresh, 'no-samples': noSamples, verbose, host, port, engine, root, help } = values
    if (help) return 'help'
    if (!isIP(host)) throw new Error(`--host is "${host}", but must be an IP address.`)
    return {
      directory,
      fresh,
      samples: !noSamples,
      verbose,
      host,
      choice: { only: values.only?.flatMap(split), with: values.with?.flatMap(split) ?? [] },
      engine,
      root,
      port: port === undefined ? port : readPort('--port', port),
    }
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`, { cause: error })
  }
}

/** A port as a person writes it. Throws a sentence that names where it came from. */
export function readPort(name: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw new UsageError(`${name} is "${text}", but must be a port, from 1 to 65535.`)
  return port
}

function split(names: string): string[] {
  return names.split(',')
}
