import { resolve } from 'node:path'
import { type Environment, UsageError } from '@livepods/service'
import { type Declared, listenersOf, serversIn } from '@livepods/system'
import { readPort } from './options.ts'

/** What `pnpm dev` takes from its own environment, besides the variables that reach every process as they are. */
export interface Given {
  /** MYSQL_… of a database that is there already. */
  database: Record<string, string> | undefined
  /** NSQ_LOOKUP_ADDRESS and PRODUCER_… of a queue that is there already. */
  queue: Record<string, string> | undefined
  /** By the names of listeners. */
  ports: Record<string, number>
  /** Folders in place of those in `.livepods`. */
  folders: Record<string, string>
  /** Variables that are set and have no effect. */
  ignored: string[]
}

/** Variables that every process has, and what to do instead of setting them for all. */
const REFUSED = {
  HOST: 'unset it, and use --host ADDRESS',
  PORT: 'unset it, and use --port N for the page',
  OPS_PORT: 'unset it, each has one of its own',
}
const DATABASE = 'MYSQL_CONNECTION'
const QUEUE = ['NSQ_LOOKUP_ADDRESS', 'PRODUCER_ADDRESS', 'PRODUCER_HTTP_ADDRESS'] as const
const PICTURES = ['KNOWN_PEOPLE', 'UNKNOWN_PEOPLE']
const READ = ['FACE_MODELS', 'NODE_COMPILE_CACHE']

/** Throws UsageError for a variable that cannot be taken. */
export function readGiven(declarations: readonly Declared[], environment: Environment): Given {
  for (const [name, remedy] of Object.entries(REFUSED))
    if (environment[name])
      throw new UsageError(`${name} is set in the environment, and would be that of every process: ${remedy}.`)
  const servers = serversIn(declarations)
  const ports = servers.flatMap(listenersOf).flatMap(({ name, variable }) => {
    const text = environment[variable]
    return text ? [[name, readPort(variable, text)] as const] : []
  })
  const kept = servers.flatMap((server) => (server.kind === 'service' ? Object.keys(server.keeps ?? {}) : []))
  const folders = [...PICTURES, ...kept, ...READ].flatMap((name) => {
    const folder = environment[name]
    return folder ? [[name, resolve(folder)] as const] : []
  })
  const queue = given(QUEUE, environment)
  if (queue && !queue.PRODUCER_ADDRESS)
    throw new UsageError('NSQ_LOOKUP_ADDRESS is set, and PRODUCER_ADDRESS is not: a queue of your own needs both.')
  return {
    // All that go with it, such as MYSQL_TLS.
    database: given([DATABASE, ...Object.keys(environment).filter((name) => name.startsWith('MYSQL_'))], environment),
    queue,
    ports: Object.fromEntries(ports),
    folders: Object.fromEntries(folders),
    ignored: addressesBetween(servers).filter((variable) => environment[variable]),
  }
}

/** The variables among `names` that are set; undefined when the first one is not. */
function given(names: readonly string[], environment: Environment): Record<string, string> | undefined {
  const set = names.flatMap((name) => (environment[name] ? [[name, environment[name]] as const] : []))
  return set[0]?.[0] === names[0] ? Object.fromEntries(set) : undefined
}

/** The variables that lead processes to each other. */
function addressesBetween(servers: readonly Declared[]): string[] {
  const listeners = servers.flatMap(listenersOf).map(({ name }) => name)
  const calls = servers.flatMap((server) => Object.entries(server.calls))
  return [
    ...new Set(
      calls.filter(([, target]) => [...listeners, 'statuses', 'pages'].includes(target)).map(([name]) => name),
    ),
  ]
}
