import {
  type AccountManager,
  Client,
  type ClientState,
  type ClientStatus,
  type Message,
  type ProjectCommand,
} from '@livepods/boinc'
import { type Log, PeriodicTask } from '@livepods/service'
import type { ClientProcess } from './client-process.ts'
import { ClockWatch } from './clock-watch.ts'
import { DiskRoom } from './disk-room.ts'
import { drain } from './drain.ts'
import { DrainMarker } from './drain-marker.ts'
import { ManagerFollower } from './manager-follower.ts'
import { observe } from './metrics.ts'
import { type Declared, NOTHING, readProjects } from './projects-file.ts'
import { type Readiness, readinessOf } from './readiness.ts'
import { reconcile } from './reconcile.ts'
import type { Yielding } from './yielding.ts'

export interface WorkerOptions {
  process: Pick<ClientProcess, 'password' | 'pid' | 'fault' | 'answered' | 'checkAnswers' | 'kill' | 'end'>
  port: number
  folder: string
  projectsFile: string | undefined
  yielding: Yielding | undefined
  everyMs: number
  log: Log
  /** Milliseconds since 1970: the clock that the client sees. */
  wallClock?: () => number
}

/** How the client is, and what is declared. */
export interface Seen {
  declared: Declared
  manager: AccountManager | undefined
  state: ClientState
  status: ClientStatus
}

const KEPT_MESSAGES = 100
const NO_CLIENT: Readiness = { state: 'no client', isReady: false, why: 'The client is starting.' }

/** Asks the client how it is, and brings it to what is declared, until it is drained. */
export class Worker {
  readonly #options: WorkerOptions
  readonly #task: PeriodicTask
  readonly #marker: DrainMarker
  readonly #room: DiskRoom
  readonly #clock: ClockWatch
  readonly #managers = new ManagerFollower()
  readonly #listeners = new Set<() => void>()
  readonly messages: Message[] = []
  #seen: Seen | undefined
  #readiness = NO_CLIENT
  #declared: Declared | undefined
  /** Why the file of projects is not followed. */
  #fileFault: string | undefined
  /** Process of the client that the messages are of: the next one counts anew. */
  #pid: number | undefined
  #shown = ''

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#marker = new DrainMarker(options.folder)
    this.#room = new DiskRoom(options.folder, options.log)
    this.#clock = new ClockWatch(options.wallClock)
    this.#task = new PeriodicTask(() => this.#look(), { everyMs: options.everyMs })
  }

  start(): void {
    this.#task.start()
  }

  /** Undefined before the first answer, and while no client answers. */
  get seen(): Seen | undefined {
    return this.#seen
  }

  get readiness(): Readiness {
    return this.#readiness
  }

  get faults(): string[] {
    return [this.#fileFault, this.#options.process.fault].filter((fault) => fault !== undefined)
  }

  /** `listener` is told when what can be seen here has changed. */
  listen(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Tells the client something of one project or of all. Resolves with their URLs. Rejects with GuiRpcError. */
  async command(command: ProjectCommand, url: string | undefined): Promise<string[]> {
    using client = await this.#open()
    const urls = url === undefined ? (await client.state()).projects.map((project) => project.url) : [url]
    for (const one of urls) await client.project(command, one)
    this.#task.runNow()
    return urls
  }

  /** Ends the client so that as little as possible of its work is lost. */
  async drain(withinMs: number): Promise<void> {
    const { log, process, yielding } = this.#options
    await this.#task.stop()
    this.#show({
      state: 'draining',
      isReady: false,
      why: 'Tasks go on to their next checkpoint, then the client ends.',
    })
    try {
      using client = await this.#open()
      await yielding?.end(client)
      for (const task of await drain({ client, marker: this.#marker, withinMs, log })) log.info(task, 'task ends')
    } catch (error) {
      log.error({ err: error }, 'the client cannot be drained')
    }
    await process.end(async () => {
      using client = await this.#open()
      await client.quit()
    })
  }

  async #open(): Promise<Client> {
    const { process, port } = this.#options
    const { password } = process
    if (password === undefined) throw new Error(process.fault ?? 'The client is starting.')
    return await Client.open({ port, password })
  }

  async #look(): Promise<void> {
    const { process, log } = this.#options
    try {
      using client = await this.#open()
      const status = await client.status()
      // It lives, whatever becomes of the rest.
      process.answered()
      if (await this.#marker.undo(client)) log.info('what the last drain had stopped goes on')
      const declared = await this.#read()
      if (declared) await this.#reconcile(client, declared)
      const pause = await this.#pause(client)
      const [manager, state] = [await client.manager(), await client.state()]
      await this.#readMessages(client)
      if (this.#clock.isStuck(state.tasks)) process.kill('it stands still since the clock was set back')
      this.#seen = { declared: declared ?? NOTHING, manager, state, status }
      observe(this.#seen)
      this.#show(readinessOf({ ...this.#seen, messages: this.messages, pause }))
    } catch (error) {
      process.checkAnswers()
      this.#seen = undefined
      this.#show({ ...NO_CLIENT, why: (error as Error).message })
    }
  }

  /** Lets tasks wait where they must; resolves with why. */
  async #pause(client: Client): Promise<string | undefined> {
    const { yielding } = this.#options
    if (await this.#room.act(client)) return 'the volume is full'
    await yielding?.act(client)
    return yielding?.isYielding ? 'others need the node' : undefined
  }

  async #reconcile(client: Client, { accounts, manager: declared }: Declared): Promise<void> {
    const { folder, log } = this.#options
    const followed = await client.manager()
    const follows = await this.#managers.follow(client, { declared, followed, folder, log })
    // Before an account manager has answered nobody knows which projects are its own.
    if (follows) await reconcile(client, { accounts, projects: (await client.state()).projects, folder, log })
  }

  /** What is declared; where the file is gone or cannot be read, what it said last; undefined: it never said anything. */
  async #read(): Promise<Declared | undefined> {
    const { projectsFile, log } = this.#options
    try {
      this.#declared = (projectsFile && (await readProjects(projectsFile))) || this.#declared
      this.#fileFault = undefined
    } catch (error) {
      const { message } = error as Error
      if (this.#fileFault !== message) log.error({ fault: message }, 'the file of projects is not followed')
      this.#fileFault = message
    }
    return this.#declared
  }

  async #readMessages(client: Client): Promise<void> {
    const { pid } = this.#options.process
    if (pid !== this.#pid) {
      this.messages.length = 0
      this.#clock.forget()
    }
    this.#pid = pid
    this.messages.push(...(await client.messages(this.messages.at(-1)?.number)))
    this.messages.splice(0, this.messages.length - KEPT_MESSAGES)
  }

  #show(readiness: Readiness): void {
    if (readiness.state !== this.#readiness.state || readiness.why !== this.#readiness.why)
      this.#options.log.info({ state: readiness.state, why: readiness.why }, 'state')
    this.#readiness = readiness
    const shown = JSON.stringify([readiness, this.#seen, this.messages.at(-1)?.number, this.faults])
    if (shown === this.#shown) return
    this.#shown = shown
    for (const listener of this.#listeners) listener()
  }
}
