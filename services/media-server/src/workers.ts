import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { gauge, PeriodicTask, type ServiceOptions } from '@livepods/service'
import { checkConfig } from './check-config.ts'
import type { Config } from './config.ts'

type Options = ServiceOptions<Config>

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
/** What peers of other machines would be told does not count here. */
const OTHERS = /^(MEDIA_PEERS|PEER_SECRET)(_FILE)?$/
const RESTART_MS = 300
const ANSWER_WITHIN_MS = 900

const running = gauge({ name: 'workers', help: 'Worker processes that run.' })

/**
 * Processes that share the ports of one media server: the kernel gives each connection to one of them (SO_REUSEPORT), and any of them has
 * any stream, as replicas do. One that ends is started again.
 */
export class Workers implements AsyncDisposable {
  readonly #options: Options
  readonly #numbers: number[]
  readonly #tasks: PeriodicTask[] = []
  readonly #secret = randomBytes(24).toString('hex')
  readonly #children = new Map<number, ChildProcess>()

  constructor(options: Options) {
    this.#options = options
    this.#numbers = Array.from({ length: options.config.WORKERS }, (_, index) => index + 1)
  }

  /** Call it once. Throws EnvironmentError. */
  async start(): Promise<void> {
    const { config, ops } = this.#options
    const { OPS_PORT } = config
    checkConfig(config)
    for (const number of this.#numbers) {
      ops.requires(`worker ${number}`, async () => await this.#check(number))
      const task = new PeriodicTask(async () => await this.#run(number), { everyMs: RESTART_MS })
      this.#tasks.push(task)
      task.start()
    }
    ops.reports('workers', () =>
      this.#numbers.map((number) => ({ number, pid: this.#children.get(number)?.pid, opsPort: OPS_PORT + number })),
    )
  }

  /** Resolves when the worker has ended. */
  async #run(number: number): Promise<void> {
    const { log } = this.#options
    const child = spawn(process.execPath, [...process.execArgv, MAIN], {
      env: this.#environment(number),
      // It stops when this process is gone; signals of a terminal are this one's.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
    })
    this.#children.set(number, child)
    running.set(this.#children.size)
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    this.#children.delete(number)
    running.set(this.#children.size)
    if (code !== 0) log.error({ worker: number, code, signal }, 'a worker ended')
  }

  #environment(number: number): NodeJS.ProcessEnv {
    const { PEER_PORT, OPS_PORT } = this.#options.config
    const own = Object.entries(process.env).filter(([name]) => !OTHERS.test(name))
    const peers = this.#numbers.filter((other) => other !== number).map((other) => `127.0.0.1:${PEER_PORT + other - 1}`)
    return {
      ...Object.fromEntries(own),
      WORKER: String(number),
      OPS_PORT: String(OPS_PORT + number),
      PEER_PORT: String(PEER_PORT + number - 1),
      MEDIA_PEERS: peers.join(),
      PEER_SECRET: this.#secret,
    }
  }

  async #check(number: number): Promise<void> {
    const { OPS_HOST, HOST, OPS_PORT } = this.#options.config
    const host = (OPS_HOST ?? HOST).replace(/^0\.0\.0\.0$/, '127.0.0.1').replace(/^::$/, '[::1]')
    const url = `http://${host}:${OPS_PORT + number}/readyz`
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    if (!answer.ok) throw new Error(await answer.text())
  }

  /** Resolves when all have ended, each as a media server stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.#tasks.map((task) => task.stop())
    for (const child of this.#children.values()) child.kill('SIGTERM')
    await Promise.all(stopped)
  }
}
