import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { ConcurrencyLimit, type Environment, UsageError } from '@livepods/service'
import { COMMANDS } from './routes.ts'

const USAGE = `boinc-all status                            how each worker is
boinc-all ${COMMANDS.join('|')} [--project URL]

--workers HOST:PORT,…  whom; every address of a name is one (WORKERS; boinc:8087)
--json                 an array instead of a table
The token is in the file that ACCESS_TOKEN_FILE names.

Exit: 0 all are well, or did it; 1 one is not ready; 2 one did not do it; 3 one was not reached; 64 wrong use. The worst counts.`

const EXIT = { good: 0, notReady: 1, refused: 2, unreachable: 3, usage: 64 }
/** Of each worker: fifty with five dead ones are told within three seconds. */
const WITHIN_MS = 2500
/** Workers that are asked at a time. */
export const AT_ONCE = 32

export interface Output {
  out: (line: string) => void
  err: (line: string) => void
  /** Each worker has so long to answer. */
  withinMs?: number
}

/** What became of one worker. */
interface Row {
  /** Its address, host:port. */
  address: string
  worker: string
  state: string
  projects: number
  tasks: number
  why: string
  exitCode: number
}

interface Answer {
  worker?: string
  state?: string
  isReady?: boolean
  why?: string
  projects?: unknown[]
  tasks?: unknown[]
  detail?: string
}

type Ask = (address: string) => Promise<Row>

/** Runs a command on all workers side by side, and resolves with the exit code of the process. */
export async function execute(args: readonly string[], environment: Environment, output: Output): Promise<number> {
  try {
    const { positionals, values } = parse(args)
    if (values.help) {
      output.out(USAGE)
      return EXIT.good
    }
    const [command = '', ...others] = positionals
    if (others.length > 0) throw new UsageError(`"${others[0]}" is too much.`)
    const { ACCESS_TOKEN_FILE: file } = environment
    const headers: Record<string, string> = file
      ? { authorization: `Bearer ${(await readFile(file, 'utf8')).trim()}` }
      : {}
    const { withinMs = WITHIN_MS } = output
    const ask =
      command === 'status' ? statusOf({ headers, withinMs }) : commandTo(command, values.project, { headers, withinMs })
    const addresses = await addressesOf(values.workers ?? environment.WORKERS ?? 'boinc:8087')
    const limit = new ConcurrencyLimit({
      atOnce: AT_ONCE,
      waiting: addresses.length,
      full: () => new Error('There is a place in line for each worker.'),
    })
    const rows = await Promise.all(
      addresses.map((address) => (typeof address === 'string' ? limit.run(() => ask(address)) : address)),
    )
    if (values.json) output.out(JSON.stringify(rows.map(({ exitCode, ...row }) => row)))
    else for (const line of table(rows)) output.out(line)
    return Math.max(EXIT.good, ...rows.map(({ exitCode }) => exitCode))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    output.err(`${error.message}\n\n${USAGE}`)
    return EXIT.usage
  }
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    const options = { help: { ...flag, short: 'h' }, json: flag, project: text, workers: text }
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause })
  }
}

/** host:port of every address that these names have; a row for one that is not known. */
async function addressesOf(workers: string): Promise<(string | Row)[]> {
  const found = workers.split(',').map(async (worker) => {
    const [, host = '', port] = /^(.+):(\d+)$/.exec(worker.trim()) ?? []
    if (!port) throw new UsageError(`"${worker}" is no HOST:PORT.`)
    try {
      const all = await lookup(host, { all: true })
      return all.map(({ address, family }) => `${family === 6 ? `[${address}]` : address}:${port}`)
    } catch (error) {
      return [unreachable(worker, error)]
    }
  })
  return (await Promise.all(found)).flat()
}

interface Terms {
  headers: Record<string, string>
  withinMs: number
}

function statusOf(terms: Terms): Ask {
  return async (address) => {
    const { response, answer, fault } = await send(address, '/v1/status', 'GET', terms)
    if (fault) return fault
    if (!response.ok) return refused(address, answer)
    const { worker = '', state = '', projects = [], tasks = [], why = '', isReady } = answer
    const exitCode = isReady ? EXIT.good : EXIT.notReady
    return { address, worker, state, projects: projects.length, tasks: tasks.length, why, exitCode }
  }
}

function commandTo(command: string, project: string | undefined, terms: Terms): Ask {
  if (!COMMANDS.some((known) => known === command))
    throw new UsageError(command ? `There is no command ${command}.` : 'A command is missing.')
  const query = project === undefined ? '' : `?${new URLSearchParams({ project })}`
  return async (address) => {
    const path = `/v1/commands/${command}${query}`
    const { response, answer, fault } = await send(address, path, 'POST', terms)
    if (fault) return fault
    if (!response.ok) return refused(address, answer)
    const { projects = [] } = answer
    return { address, worker: '', state: 'done', projects: projects.length, tasks: 0, why: '', exitCode: EXIT.good }
  }
}

type Sent = { response: Response; answer: Answer; fault?: undefined } | { fault: Row; response?: never; answer?: never }

async function send(address: string, path: string, method: string, { headers, withinMs }: Terms): Promise<Sent> {
  try {
    const response = await fetch(`http://${address}${path}`, { method, headers, signal: AbortSignal.timeout(withinMs) })
    return { response, answer: (await response.json()) as Answer }
  } catch (error) {
    return { fault: unreachable(address, error) }
  }
}

function refused(address: string, { detail = 'it does not say why' }: Answer): Row {
  return { address, worker: '', state: 'refused', projects: 0, tasks: 0, why: detail, exitCode: EXIT.refused }
}

function unreachable(address: string, error: unknown): Row {
  const { cause, message } = error as Error
  const why = (cause as Error | undefined)?.message || message
  return { address, worker: '', state: 'not reached', projects: 0, tasks: 0, why, exitCode: EXIT.unreachable }
}

function table(rows: readonly Row[]): string[] {
  const lines = [
    ['ADDRESS', 'WORKER', 'STATE', 'PROJECTS', 'TASKS', 'WHY'],
    ...rows.map(({ address, worker, state, projects, tasks, why }) => [
      address,
      worker,
      state,
      `${projects}`,
      `${tasks}`,
      why,
    ]),
  ]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
