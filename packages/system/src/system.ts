import { mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Declaration } from '@livepods/service'
import { ClientTokens } from './client-tokens.ts'
import { DATABASE_OPTION_FILE, DatabaseServer } from './database-server.ts'
import { type Declared, jobsIn, serversIn } from './declarations.ts'
import { freePorts } from './free-port.ts'
import { addressOf, LOOPBACK } from './host.ts'
import { NODE_COMPILE_CACHE, startNode } from './node-process.ts'
import { PidFiles } from './pid-files.ts'
import type { Started } from './started.ts'
import { direct, type Edge, type Member, type MemberListener, type SuiteOptions, suite, wiring } from './suite.ts'
import { type Ending, Supervised } from './supervised.ts'
import { choosePorts, type SystemPorts } from './system-ports.ts'

export interface SystemOptions {
  /** What is started: all services among them, and what these need. */
  declarations: readonly Declared[]
  /** Where database, pictures and process files lie; used again by the next start. */
  directory: string
  /** Forget what earlier runs left in `directory`. */
  fresh?: boolean
  /** Take the ports of the last start in `directory`, or else the usual ones, where they are free (default), or any. */
  usualPorts?: boolean
  /** Ports that listeners must have, by their names. The start fails when one cannot be had. */
  ports?: Record<string, number> | undefined
  /** Where services for everybody listen, an address of this machine; loopback unless given, and always for all others and for statuses. */
  host?: string | undefined
  /** For every process, over its own. */
  environment?: Record<string, string>
  /** For one process, by its name, over all others. */
  environments?: Record<string, Record<string, string>>
  /** Programs in place of processes' own, by their names: a stub of face-recognition, for instance. */
  mains?: Record<string, URL>
  /** How many processes of a service there are, by its name: image-processor, image-processor-2 and so on; 1 unless given. */
  copies?: Record<string, number>
  /** Tokens (ACCESS_TOKENS_FILE) that the services ask for; absent: none, whatever the environment says. */
  accessTokens?: string | undefined
  /** What lies between the processes, and between clients and them. */
  edge?: Edge
  /** MYSQL_… of a database that is there already; absent: a private server, if anybody needs one. */
  database?: Record<string, string> | undefined
  /** NSQ_LOOKUP_ADDRESS and PRODUCER_… of a queue that is there already; absent: our broker, if anybody needs one. */
  queue?: Record<string, string> | undefined
  /** Runs when the folders of pictures are there and no process is. */
  prepare?: (folders: { knownPeople: string; unknownPeople: string }) => Promise<void>
  onLine?: (process: string, line: string) => void
  announce?: (sentence: string) => void
  signal?: AbortSignal | undefined
}

const SUPERVISOR = 'supervisor'
const STOP_SERVICE_MS = 7_500
const STOP_SYSTEM_MS = 9_000
const READY_WITHIN_MS = 120_000

/** The processes of the suite on this machine: started in order, started again when they die, stopped in the reverse order. */
export class System implements AsyncDisposable {
  readonly knownPeople: string
  readonly unknownPeople: string
  readonly #options: Required<Pick<SystemOptions, 'onLine' | 'announce'>> & SystemOptions
  readonly #pidFiles: PidFiles
  readonly #directory: string
  /** Where things are now; `roll` moves them. */
  readonly #ports: SystemPorts
  readonly #processes: Supervised[] = []
  #database: Record<string, string> = {}
  #members: Member[] = []
  #tokens: ClientTokens | undefined
  /** Also those that were replaced. */
  readonly #supervised: Supervised[] = []
  readonly #rolling = new Map<string, Promise<unknown>>()
  #rolls = 0

  /** Starts everything and resolves when all are ready. When that fails, what did start is stopped again. */
  static async start(options: SystemOptions): Promise<System> {
    const directory = resolve(options.directory)
    const pidFiles = new PidFiles(join(directory, 'processes'))
    const other = pidFiles.alive().find(({ name }) => name === SUPERVISOR)
    if (other) throw new Error(`Process ${other.pid} runs in ${directory} already. Stop it first: kill ${other.pid}`)
    const leftovers = await pidFiles.stopLeftovers()
    if (leftovers.length > 0) options.announce?.(`stopped what an earlier run left behind: ${leftovers.join(', ')}`)
    pidFiles.add(SUPERVISOR, process.pid)
    if (options.fresh) await removeAllBut('processes', directory)
    const { declarations, copies = {}, usualPorts: usual = true, ports: given, host } = options
    const memory = usual ? join(directory, 'ports.json') : undefined
    const ports = await choosePorts({ servers: serversIn(declarations), copies, memory, given, host }).catch(
      (error) => {
        pidFiles.remove(SUPERVISOR)
        throw error
      },
    )
    const system = new System(directory, pidFiles, ports, options)
    try {
      await system.#start()
      return system
    } catch (error) {
      await system[Symbol.asyncDispose]()
      throw error
    }
  }

  private constructor(directory: string, pidFiles: PidFiles, ports: SystemPorts, options: SystemOptions) {
    this.#directory = directory
    this.#pidFiles = pidFiles
    this.#ports = ports
    this.knownPeople = options.environment?.KNOWN_PEOPLE ?? join(directory, 'known_people')
    this.unknownPeople = options.environment?.UNKNOWN_PEOPLE ?? join(directory, 'unknown_people')
    this.#options = { onLine: () => {}, announce: () => {}, ...options }
  }

  /** The port of a listener ("receiver"), of the statuses of a process ("receiver-ops"), or of the database. Throws when there is none. */
  port(part: string): number {
    const port = this.#ports.get(part)
    if (port === undefined)
      throw new Error(`There is no part ${part}; there are ${[...this.#ports.keys()].join(', ')}.`)
    return port
  }

  /** Where this machine itself reaches a listener, as in a URL: "127.0.0.1:8000". Throws when there is none. */
  address(listener: string): string {
    const member = this.#members.find(({ listeners }) => listeners.some(({ part }) => part === listener))
    return addressOf(member?.host ?? LOOPBACK, this.port(listener))
  }

  /** The variables of the database, for who wants to look inside. */
  get database(): Record<string, string> {
    return this.#database
  }

  /** Options of MySQL's and MariaDB's clients that lead to the private database; absent where that is not private. */
  get databaseOptionFile(): string | undefined {
    return this.#options.database ? undefined : join(this.#directory, 'database', DATABASE_OPTION_FILE)
  }

  /** What a client sends to the receiver along with a photo: a token where the suite asks for one. */
  get submitHeaders(): Record<string, string> {
    return { ...this.#tokens?.submitHeaders }
  }

  get processes(): readonly Supervised[] {
    return this.#processes
  }

  /** The process of this name; throws when there is none. */
  process(name: string): Supervised {
    const found = this.#processes.find((process) => process.name === name)
    if (!found)
      throw new Error(`There is no process ${name}; there are ${this.#processes.map(({ name }) => name).join(', ')}.`)
    return found
  }

  /** How processes ended until now. */
  get endings(): (Ending & { name: string })[] {
    return this.#supervised.flatMap(({ name, endings }) => endings.map((ending) => ({ ...ending, name })))
  }

  /**
   * Replaces a process by a new one on other ports, as a rolling update does: starts it, waits until it is ready, sends new connections
   * there (`edge` is asked again), ends the old one with SIGTERM. Resolves with how that ended. One after the other of the same process.
   */
  async roll(name: string): Promise<Ending> {
    const before = this.#rolling.get(name) ?? Promise.resolve()
    const rolled = before.then(
      () => this.#replace(name),
      () => this.#replace(name),
    )
    this.#rolling.set(name, rolled)
    return await rolled
  }

  async #replace(name: string): Promise<Ending> {
    const member = this.#members.find((member) => member.name === name)
    if (member?.declaration.kind !== 'service') throw new Error(`${name} cannot be replaced while it runs.`)
    const free = await freePorts(Object.fromEntries(member.listeners.map(({ part }) => [part, 0])))
    const listeners = member.listeners.map((listener) => ({ ...listener, port: free[listener.part] as number }))
    const next = { ...member, listeners }
    const old = this.process(name)
    this.#rolls++
    const started = await this.#supervise(name, () => this.#spawn(next), `${name}-${this.#rolls}`)
    try {
      await this.#ready(next)
    } catch (error) {
      this.#processes.splice(this.#processes.indexOf(started), 1)
      await started.stop(STOP_SERVICE_MS)
      throw error
    }
    for (const { part, port, from } of listeners)
      for (const caller of from) await this.#options.edge?.(caller, part, port)
    for (const { part, port } of listeners) this.#ports.set(part, port)
    this.#members[this.#members.indexOf(member)] = next
    await old.stop(STOP_SERVICE_MS)
    this.#processes.splice(this.#processes.indexOf(started), 1)
    this.#processes.splice(this.#processes.indexOf(old), 1, started)
    return old.endings.at(-1) as Ending
  }

  /** Resolves when every process answers /readyz with 200; rejects, naming those that do not, after two minutes. */
  async ready(): Promise<void> {
    await Promise.all(this.#members.map((member) => this.#ready(member)))
  }

  async #start(): Promise<void> {
    const { declarations, accessTokens, queue, mains, copies = {}, edge = direct, host } = this.#options
    const servers = needed(serversIn(declarations), queue !== undefined)
    const folders = servers.flatMap((server) => (server.kind === 'service' ? Object.values(server.keeps ?? {}) : []))
    await Promise.all(
      [this.knownPeople, this.unknownPeople, ...folders.map((folder) => join(this.#directory, folder))].map((folder) =>
        mkdir(folder, { recursive: true }),
      ),
    )
    await this.#options.prepare?.(this)
    if (accessTokens) {
      const roles = servers.flatMap(({ token = [] }) => token)
      this.#tokens = await ClientTokens.prepare(resolve(accessTokens), join(this.#directory, 'tokens'), roles)
    }
    const called = new Set(servers.flatMap(({ calls }) => Object.values(calls)))
    if (called.has('database')) this.#database = this.#options.database ?? (await this.#startDatabase())
    const where = { directory: this.#directory, ports: this.#ports, database: this.#database }
    const options = { ...where, servers, copies, queue, mains, edge, host }
    this.#members = await suite(options)
    for (const job of jobsIn(declarations))
      if (job.runs === 'first' && Object.values(job.calls).every((target) => called.has(target)))
        await this.#runFirst(job, options)
    for (const member of this.#members) await this.#supervise(member.name, () => this.#spawn(member))
    await this.ready()
  }

  async #startDatabase(): Promise<Record<string, string>> {
    const directory = join(this.#directory, 'database')
    let server: DatabaseServer | undefined
    await this.#supervise('database', async () => {
      server = await DatabaseServer.start({ directory, port: this.port('database') })
      return server
    })
    return { ...server?.environment }
  }

  async #runFirst(job: Declared, options: SuiteOptions): Promise<void> {
    const { name, main } = job
    const process = await startNode({
      main,
      // Nothing lies between it and the others: nobody torments what has not begun.
      environment: this.#environment(name, job, await wiring(name, job, { ...options, edge: direct })),
      onLine: (line) => this.#options.onLine(name, line),
    })
    const end = await process.exited
    if (end !== 'exit code 0') throw new Error(`${name} failed (${end}); the lines of "${name}" say why.`)
  }

  async #supervise(name: string, start: () => Promise<Started>, pidFile = name): Promise<Supervised> {
    this.#options.signal?.throwIfAborted()
    const onProcess = (pid: number, alive: boolean) =>
      alive ? this.#pidFiles.add(pidFile, pid) : this.#pidFiles.remove(pidFile)
    const supervised = new Supervised({ name, start, announce: this.#options.announce, onProcess })
    this.#processes.push(supervised)
    this.#supervised.push(supervised)
    await supervised.start()
    return supervised
  }

  #spawn({ name, declaration, main, host, listeners, environment }: Member) {
    const ports = Object.fromEntries(listeners.map(({ variable, port }) => [variable, `${port}`]))
    return startNode({
      main,
      environment: this.#environment(name, declaration, { ...environment, ...ports, HOST: host }),
      onLine: (line) => this.#options.onLine(name, line),
    })
  }

  #environment(name: string, { token }: Declaration, own: Record<string, string>): Record<string, string> {
    const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
    // Two allocation arenas instead of eight per core, and what is free goes back from 4 MB on: threads that decode pictures would keep gigabytes.
    const allocator = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '4000000' }
    const defaults = { ...allocator, NODE_COMPILE_CACHE, STOP_WITHIN_SECONDS: '7' }
    const { environment, environments } = this.#options
    const given = { ...environment, ...environments?.[name] }
    const access = this.#tokens?.environmentOf(token) ?? { ACCESS_TOKENS_FILE: '', ACCESS_TOKEN_FILE: '' }
    const loopback = { HOST: LOOPBACK, OPS_HOST: LOOPBACK }
    return { ...defaults, ...Object.fromEntries(inherited), ...loopback, ...own, ...access, ...given }
  }

  async #ready({ name, listeners }: Member): Promise<void> {
    const { port } = listeners.find(({ variable }) => variable === 'OPS_PORT') as MemberListener
    const deadline = performance.now() + READY_WITHIN_MS
    for (let said = 'nothing'; ; ) {
      this.#options.signal?.throwIfAborted()
      try {
        const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2000) })
        said = await response.text()
        if (response.ok) return
      } catch {
        // Not listening yet.
      }
      if (performance.now() > deadline)
        throw new Error(
          `${name} is not ready after ${READY_WITHIN_MS / 1000} s. It says: ${said}${this.#lastEnding(name)}`,
        )
      await sleep(50)
    }
  }

  #lastEnding(name: string): string {
    const endings = this.endings.filter((ending) => ending.name === name)
    return endings.length === 0 ? '' : `; it ended ${endings.length} times, the last time with ${endings.at(-1)?.how}`
  }

  /** Stops all processes, the last started first, within ten seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    const deadline = performance.now() + STOP_SYSTEM_MS
    for (const process of this.#processes.toReversed()) {
      await process.stop(Math.max(200, Math.min(STOP_SERVICE_MS, deadline - performance.now())))
    }
    this.#pidFiles.remove(SUPERVISOR)
  }
}

/** Without a broker that nobody needs. */
function needed(servers: Member['declaration'][], queueIsThere: boolean): Member['declaration'][] {
  const isCalled = servers.some(({ calls }) => Object.values(calls).includes('queue'))
  return isCalled && !queueIsThere ? servers : servers.filter(({ kind }) => kind !== 'broker')
}

async function removeAllBut(kept: string, directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name !== kept)
  await Promise.all(names.map((name) => rm(join(directory, name), { recursive: true, force: true })))
}
