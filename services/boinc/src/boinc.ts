import type { AddressInfo } from 'node:net'
import { Access } from '@livepods/access'
import { Assets } from '@livepods/page'
import type { ServiceOptions } from '@livepods/service'
import { buildApp } from './app.ts'
import { ClientProcess } from './client-process.ts'
import { type Config, MARGIN_SECONDS, QUIT_SECONDS } from './config.ts'
import { prepare } from './prepare.ts'
import { Worker } from './worker.ts'
import { Yielding } from './yielding.ts'

const ASSETS = { boinc: new URL('../assets/', import.meta.url) }

/** Runs one client: starts it, follows it, and ends it without losing work. */
export class Boinc implements AsyncDisposable {
  readonly #options: ServiceOptions<Config>
  readonly #stack = new AsyncDisposableStack()
  #port: number | undefined

  constructor(options: ServiceOptions<Config>) {
    this.#options = options
  }

  /** Where it listens, once it does. */
  get port(): number {
    if (this.#port === undefined) throw new Error('It does not listen yet.')
    return this.#port
  }

  /** Resolves when it listens; the client may not run by then. Call it once. */
  async start(): Promise<void> {
    const { config, log, ops } = this.#options
    const { BOINC_DIR: folder, GUI_RPC_PORT: port, YIELD_ABOVE: above } = config
    const stack = this.#stack
    const access = stack.use(await Access.open(config, log))
    const process = new ClientProcess({
      program: config.BOINC_CLIENT,
      folder,
      port,
      prepare: () => prepare(config, log),
      log,
      quitMs: QUIT_SECONDS * 1000,
    })
    const worker = new Worker({
      process,
      port,
      folder,
      projectsFile: config.BOINC_PROJECTS_FILE,
      yielding: above === undefined ? undefined : new Yielding(above, log),
      everyMs: config.POLL_SECONDS * 1000,
      log,
    })
    ops.requires('client', async () => {
      const { isReady, state, why } = worker.readiness
      if (!isReady) throw new Error(`${state}: ${why}`)
    })
    ops.reports('boinc', () => ({ ...worker.readiness, faults: worker.faults }))
    const assets = await Assets.read(ASSETS)
    const app = stack.use(buildApp({ log, access, trustProxy: config.TRUST_PROXY, assets, worker }))
    await app.listen({ host: config.HOST, port: config.PORT })
    this.#port = (app.server.address() as AddressInfo).port
    process.start()
    worker.start()
    // First of all, while the page goes on to show it.
    stack.defer(() => worker.drain(drainMs(config)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

/** What is left of the time to stop when the client had its part, which is more than half where there is little. */
export function drainMs({ DRAIN_SECONDS, STOP_WITHIN_SECONDS }: Pick<Config, 'DRAIN_SECONDS' | 'STOP_WITHIN_SECONDS'>) {
  const forClient = Math.min(QUIT_SECONDS + MARGIN_SECONDS, 0.6 * STOP_WITHIN_SECONDS)
  return Math.min(DRAIN_SECONDS, STOP_WITHIN_SECONDS - forClient) * 1000
}
