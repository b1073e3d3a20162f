import { once } from 'node:events'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Declaration, Group, Service } from '@livepods/service'
import { ClientTokens } from './client-tokens.ts'
import { Conditions } from './conditions.ts'
import { DATABASE_OPTION_FILE, DatabaseServer } from './database-server.ts'
import { type Declared, declarationsIn, serversIn } from './declarations.ts'
import { freePorts } from './free-port.ts'
import { addressOf, LOOPBACK } from './host.ts'
import { NODE_COMPILE_CACHE, runNode, startNode } from './node-process.ts'
import { NotStartedError } from './not-started.ts'
import { PidFiles } from './pid-files.ts'
import { Readiness } from './readiness.ts'
import { requireProgram } from './requirement.js'
import { inGroups } from './selection.ts'
import type { Started } from './started.ts'
import { direct, type Edge, type Member, membersOf, type SuiteOptions, suite, wiring } from './suite.ts'
import { type Ending, Supervised } from './supervised.ts'
import { choosePorts, type SystemPorts } from './system-ports.ts'

export interface SystemOptions {
  /** What is started: all services among them, and what these need; those of this repository unless given. */
  declarations?: readonly Declared[]
  /** Of the declarations only these groups (what is on by default in each), and whom these call. */
  groups?: readonly Group[]
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
  /** Runs when the folders of pictures are there, before anybody starts who calls the pictures; never where nobody does. */
  prepare?: (folders: { knownPeople: string; unknownPeople: string }) => Promise<void>
  onLine?: (process: string, line: string) => void
  announce?: (sentence: string) => void
  signal?: AbortSignal | undefined
}

const SUPERVISOR = 'supervisor'
const STOP_SERVICE_MS = 7_500
const STOP_SYSTEM_MS = 9_000
const READY_WITHIN_MS = 120_000

type ChosenOptions = Omit<SystemOptions, 'groups'> & Required<Pick<SystemOptions, 'declarations'>>

/** What the processes of a group lack. */
export interface Lacks {
  /** Of each that is not ready yet: "receiver lacks database (no answer)". */
  late: string[]
  /** Those that are not started, which lack the same together, and why: a sentence that says what is missing, and the remedy. */
  notStarted: { names: string[]; reason: string }[]
}

/** The processes of the suite on this machine: started in order, started again when they die, stopped in the reverse order. */
export class System implements AsyncDisposable {
  readonly knownPeople: string
  readonly unknownPeople: string
  readonly #options: Required<Pick<SystemOptions, 'onLine' | 'announce'>> & ChosenOptions
  readonly #pidFiles: PidFiles
  readonly #directory: string
  /** Where things are now; `roll` moves them. */
  readonly #ports: SystemPorts
  readonly #processes: Supervised[] = []
  #database: Record<string, string> = {}
  #members: Member[] = []
  /** By process: resolved when it runs for the first time, rejected when it cannot. */
  readonly #launches = new Map<string, Promise<void>>()
  readonly #readiness: Readiness
  /** Why a process is not started. */
  readonly #reasons = new Map<string, string>()
  /** How the jobs that ran first ended. */
  readonly #jobs: Promise<string>[] = []
  readonly #stopping = new AbortController()
  /** Aborted when the system is stopped, or whoever started it wants it to stop. */
  readonly #signal: AbortSignal
  #tokens: ClientTokens | undefined
  /** Also those that were replaced. */
  readonly #supervised: Supervised[] = []
  readonly #rolling = new Map<string, Promise<unknown>>()
  #rolls = 0

  /** Starts everything and resolves when all are ready. When that fails, what did start is stopped again. */
  static async start(options: SystemOptions): Promise<System> {
    const system = await System.launch(options)
    try {
      await system.ready()
      return system
    } catch (error) {
      await system[Symbol.asyncDispose]()
      throw error
    }
  }

  /**
   * Begins to start everything and resolves at once: each process starts when what it needs is there (database, jobs that run first,
   * programs), and one that lacks it holds up no other. `groupReady` waits for one group.
   */
  static async launch({ groups, declarations: all, ...others }: SystemOptions): Promise<System> {
    const declared = all ?? (await declarationsIn())
    const declarations = groups ? inGroups(groups, declared) : declared
    const options = { ...others, declarations }
    const directory = resolve(options.directory)
    const pidFiles = new PidFiles(join(directory, 'processes'))
    const other = pidFiles.alive().find(({ name }) => name === SUPERVISOR)
    if (other) throw new Error(`Process ${other.pid} runs in ${directory} already. Stop it first: kill ${other.pid}`)
    const leftovers = await pidFiles.stopLeftovers()
    if (leftovers.length > 0) options.announce?.(`stopped what an earlier run left behind: ${leftovers.join(', ')}`)
    pidFiles.add(SUPERVISOR, process.pid)
    if (options.fresh) await removeAllBut('processes', directory)
    const { copies = {}, usualPorts: usual = true, ports: given, host } = options
    const memory = usual ? join(directory, 'ports.json') : undefined
    const ports = await choosePorts({ servers: serversIn(declarations), copies, memory, given, host }).catch(
      (error) => {
        pidFiles.remove(SUPERVISOR)
        throw error
      },
    )
    const system = new System(directory, pidFiles, ports, options)
    try {
      await system.#launch()
      return system
    } catch (error) {
      await system[Symbol.asyncDispose]()
      throw error
    }
  }

  private constructor(directory: string, pidFiles: PidFiles, ports: SystemPorts, options: ChosenOptions) {
    this.#directory = directory
    this.#pidFiles = pidFiles
    this.#ports = ports
    this.knownPeople = options.environment?.KNOWN_PEOPLE ?? join(directory, 'known_people')
    this.unknownPeople = options.environment?.UNKNOWN_PEOPLE ?? join(directory, 'unknown_people')
    this.#options = { onLine: () => {}, announce: () => {}, ...options }
    this.#database = options.database ?? {}
    this.#signal = AbortSignal.any([this.#stopping.signal, ...(options.signal ? [options.signal] : [])])
    this.#readiness = new Readiness(this.#signal)
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

  /** The variables of the database, for who wants to look inside; empty before it runs. */
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
    const started = this.#supervise(name, () => this.#spawn(next), `${name}-${this.#rolls}`)
    try {
      await started.start()
      await this.#readiness.wait(next, started, READY_WITHIN_MS)
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
    await Promise.all(this.#members.map((member) => this.#ready(member, READY_WITHIN_MS)))
  }

  /**
   * Resolves when every process of a group that can be started answers /readyz with 200, however late; `lacksOf` names the others.
   * Rejects when the system is stopped.
   */
  async groupReady(group: Group): Promise<void> {
    const ready = membersOf(group, this.#members).map((member) =>
      this.#ready(member).catch((error) => {
        if (!(error instanceof NotStartedError)) throw error
      }),
    )
    await Promise.all(ready)
  }

  /** What is known of a group while `groupReady` waits, and afterwards. */
  lacksOf(group: Group): Lacks {
    const names = membersOf(group, this.#members).map(({ name }) => name)
    const late = names
      .filter((name) => !this.#reasons.has(name))
      .flatMap((name) => this.#readiness.lackOf(this.process(name)) ?? [])
    const missing = Map.groupBy(
      names.filter((name) => this.#reasons.has(name)),
      (name) => this.#reasons.get(name) ?? '',
    )
    return { late, notStarted: [...missing].map(([reason, names]) => ({ names, reason })) }
  }

  async #launch(): Promise<void> {
    const { declarations, accessTokens, queue, mains, copies = {}, edge = direct, host } = this.#options
    const servers = needed(serversIn(declarations), queue !== undefined)
    const called = new Set(servers.flatMap(({ calls }) => Object.values(calls)))
    if (accessTokens) {
      const roles = servers.flatMap(({ token = [] }) => token)
      this.#tokens = await ClientTokens.prepare(resolve(accessTokens), join(this.#directory, 'tokens'), roles)
    }
    const { database } = this.#options
    const databasePort = database ? Number(database.MYSQL_PORT ?? 3306) : this.port('database')
    const where = { directory: this.#directory, ports: this.#ports, databasePort }
    const options = { ...where, servers, copies, queue, mains, edge, host }
    this.#members = await suite(options)
    const folders = this.#members.flatMap((member) => member.folders)
    await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })))
    const server = called.has('database') && !database ? this.#databaseServer() : undefined
    const conditions = new Conditions({
      declarations,
      called,
      database: async () => {
        if (server) await requireProgram('database', this.#options.announce)
        await server?.start()
      },
      pictures: () => this.#pictures(),
      run: (job) => this.#run(job, options),
      program: (name) => requireProgram(name, this.#options.announce),
    })
    // All are known before the first one starts, since nobody can tell which that is.
    const processes = this.#members.map((member) => ({
      member,
      process: this.#supervise(member.name, () => this.#spawn(member)),
    }))
    for (const { member, process } of processes) {
      const launch = this.#launchWhen(conditions.metFor(member.declaration), process)
      // Who waits until it is ready hears of it.
      launch.catch(() => {})
      this.#launches.set(member.name, launch)
    }
  }

  async #launchWhen(conditions: Promise<void>, process: Supervised): Promise<void> {
    try {
      await Promise.race([conditions, aborted(this.#signal)])
      await process.start()
    } catch (error) {
      this.#signal.throwIfAborted()
      throw new NotStartedError(process.name, (error as Error).message, { cause: error })
    }
  }

  #databaseServer(): Supervised {
    const directory = join(this.#directory, 'database')
    return this.#supervise('database', async () => {
      const server = await DatabaseServer.start({ directory, port: this.port('database'), signal: this.#signal })
      this.#database = server.environment
      return server
    })
  }

  async #pictures(): Promise<void> {
    for (const folder of [this.knownPeople, this.unknownPeople]) await mkdir(folder, { recursive: true })
    await this.#options.prepare?.(this)
  }

  async #run(job: Declared, options: SuiteOptions): Promise<void> {
    const { name, main } = job
    // Nothing lies between it and the others: nobody torments what has not begun.
    const environment = this.#environment(
      name,
      job,
      await wiring({ name, declaration: job, copy: 1 }, { ...options, edge: direct }),
    )
    const onLine = (line: string) => this.#options.onLine(name, line)
    const ended = runNode({ main, environment, onLine }, this.#signal)
    this.#jobs.push(ended)
    const end = await ended
    if (end !== 'exit code 0') throw new Error(`${name} failed (${end}); the lines of "${name}" say why.`)
  }

  /** Makes a process known, which is not started yet. They stop in the reverse of this order. */
  #supervise(name: string, start: () => Promise<Started>, pidFile = name): Supervised {
    const onProcess = (pid: number, alive: boolean) =>
      alive ? this.#pidFiles.add(pidFile, pid) : this.#pidFiles.remove(pidFile)
    const supervised = new Supervised({ name, start, announce: this.#options.announce, onProcess })
    this.#processes.push(supervised)
    this.#supervised.push(supervised)
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

  #environment(name: string, declaration: Declaration, own: Record<string, string>): Record<string, string> {
    const { token, calls } = declaration
    const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
    // Two allocation arenas instead of eight per core, and what is free goes back from 4 MB on: threads that decode pictures would keep gigabytes.
    const allocator = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '4000000' }
    const { nameVariable } = declaration as Partial<Service>
    const ownName = nameVariable === undefined ? {} : { [nameVariable]: name }
    const defaults = { ...allocator, NODE_COMPILE_CACHE, STOP_WITHIN_SECONDS: '7', ...ownName }
    const { environment, environments } = this.#options
    const given = { ...environment, ...environments?.[name] }
    const access = this.#tokens?.environmentOf(token) ?? { ACCESS_TOKENS_FILE: '', ACCESS_TOKEN_FILE: '' }
    const loopback = { HOST: LOOPBACK, OPS_HOST: LOOPBACK }
    const database = Object.values(calls).includes('database') ? this.#database : {}
    const inheritedOrOwn = { ...Object.fromEntries(inherited), ...loopback, ...database, ...own }
    return { ...defaults, ...inheritedOrOwn, ...access, ...given }
  }

  async #ready(member: Member, withinMs?: number): Promise<void> {
    try {
      await this.#launches.get(member.name)
      await this.#readiness.wait(member, this.process(member.name), withinMs)
    } catch (error) {
      if (error instanceof NotStartedError) this.#reasons.set(member.name, error.reason)
      throw error
    }
  }

  /** Stops all processes, the last started first, within ten seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    const deadline = performance.now() + STOP_SYSTEM_MS
    this.#stopping.abort(new Error('The system is stopped.'))
    await Promise.allSettled(this.#jobs)
    for (const process of this.#processes.toReversed()) {
      await process.stop(Math.max(200, Math.min(STOP_SERVICE_MS, deadline - performance.now())))
    }
    this.#pidFiles.remove(SUPERVISOR)
  }
}

/** Rejects when the signal is aborted. */
async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw signal.reason
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
