// `pnpm dev`: the whole suite on this machine, with sample photos, until Ctrl-C.
import { once } from 'node:events'
import { placeSamples, SAMPLE_THRESHOLD } from '@livepods/samples'
import { UsageError } from '@livepods/service'
import { declarationsIn, requireProgram, System, servicesIn } from '@livepods/system'
import { readOptions, USAGE } from './options.ts'
import { parentsGone } from './parents.ts'
import { showSamples } from './show-samples.ts'
import { Terminal } from './terminal.ts'
import { urls } from './urls.ts'

const terminal = new Terminal()
const announce = (sentence: string) => terminal.say(sentence)

/** Aborts at the first request to stop; the second one is not argued with. */
function stopRequested(): AbortSignal {
  const stop = new AbortController()
  const request = (reason: string) => {
    if (stop.signal.aborted) process.exit(1)
    announce(`${reason}: stopping everything`)
    stop.abort(new Error(reason))
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => request(name))
  parentsGone().addEventListener('abort', () => request('what started this is gone'))
  return stop.signal
}

/** The variables among `names` that are set; undefined when the first one is not. */
function given(...names: [string, ...string[]]): Record<string, string> | undefined {
  if (!process.env[names[0]]) return undefined
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

async function develop(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') return console.log(USAGE)
  terminal.verbose = options.verbose
  const signal = stopRequested()
  const startedAt = performance.now()
  const database = given('MYSQL_CONNECTION', 'MYSQL_PORT', 'MYSQL_USERPASSWORD', 'MYSQL_DBNAME')
  const queue = given('NSQ_LOOKUP_ADDRESS', 'PRODUCER_ADDRESS', 'PRODUCER_HTTP_ADDRESS')
  if (!database) await requireProgram('database', announce)
  const declarations = (await declarationsIn()).filter((one) => one.kind !== 'service' || one.onByDefault)
  for (const program of servicesIn(declarations).flatMap(({ programs = [] }) => programs))
    await requireProgram(program, announce)
  announce(`starting; everything it keeps lies in ${options.directory}`)
  await using system = await System.start({
    declarations,
    directory: options.directory,
    fresh: options.fresh,
    environment: { FACE_THRESHOLD: process.env.FACE_THRESHOLD ?? SAMPLE_THRESHOLD },
    database,
    queue,
    accessTokens: process.env.ACCESS_TOKENS_FILE || undefined,
    ...(options.samples && { prepare: placeSamples }),
    onLine: (name, line) => terminal.line(name, line),
    announce,
    signal,
  })
  announce(`ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  const block = () => {
    terminal.table(urls(system, declarations, queue))
    if (process.env.ACCESS_TOKENS_FILE) announce(`pages and APIs ask for a token of ${process.env.ACCESS_TOKENS_FILE}`)
    announce(`Stop with Ctrl-C, or: kill ${process.pid}.${options.verbose ? '' : ' See more with --verbose.'}`)
  }
  terminal.block(block)
  if (options.samples) {
    await showSamples(system, { announce, signal })
    terminal.block(block)
  }
  if (!signal.aborted) await once(signal, 'abort')
}

try {
  await develop()
  terminal[Symbol.dispose]()
  announce('stopped')
  process.exit(0)
} catch (error) {
  terminal.say((error as Error).message)
  process.exit(error instanceof UsageError ? error.exitCode : 1)
}
