import type { AddressInfo } from 'node:net'
import { Access } from '@livepods/access'
import { drain } from '@livepods/http'
import { nameFromHost } from '@livepods/messages'
import { Assets } from '@livepods/page'
import { reach, type ServiceOptions } from '@livepods/service'
import { Database, databaseOptions } from '@livepods/sql'
import { TlsFiles } from '@livepods/tls'
import { buildApp } from './app.ts'
import type { Config } from './config.ts'
import { openFolder } from './identity.ts'
import { LogFile } from './log-file.ts'
import { LogFollower } from './log-follower.ts'
import { MessageStore } from './message-store.ts'
import { Relays } from './relays.ts'
import { ReportStore } from './report-store.ts'
import { Retention } from './retention.ts'
import { Writer } from './writer.ts'

const ASSETS = { sink: new URL('../assets/', import.meta.url) }
const MIB = 1024 * 1024

/** Takes messages from relays, each once and in order, and writes them to its log. */
export class Sink implements AsyncDisposable {
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

  /** Waits for the database; resolves when it listens. Rejects when the signal aborts before that. Call it once. */
  async start(): Promise<void> {
    const { config, log, ops, signal } = this.#options
    const stack = this.#stack

    const access = stack.use(await Access.open(config, log))
    const tls = stack.use(await TlsFiles.ofServer(config, { log }))
    const { LOG_FOLDER: folder, LOG_MEGABYTES, LOG_FILES: files, SINK_NAME = nameFromHost('sink') } = config
    const { identity, lock } = await openFolder(folder, SINK_NAME)
    stack.use(lock)
    const file = stack.use(await LogFile.open({ folder, identity, maxBytes: LOG_MEGABYTES * MIB, files, log }))
    log.info({ sink: identity, log: file.report }, 'log opened')

    const database = stack.use(new Database(databaseOptions(config)))
    const store = new MessageStore(database, { identity, position: file.position, log })
    ops.requires('database', () => store.ping())
    await reach('database', () => store.register(), { log, signal })

    const reports = new ReportStore(database)
    const relays = stack.use(new Relays({ store: reports, log }))
    stack.use(new Retention({ database, days: config.RETENTION_DAYS, log }))
    const follower = stack.use(new LogFollower({ store, file, log }))
    ops.reports('log', () => follower.report)
    const writer = new Writer({ store, onTaken: () => follower.wake() })
    ops.reports('waiting', () => writer.report)

    const app = stack.use(
      buildApp({
        log,
        access,
        writer,
        relays,
        ownStream: `${identity.name}~${identity.uuid}`,
        store,
        reports,
        gapMinutes: config.GAP_MINUTES,
        assets: await Assets.read(ASSETS),
        trustProxy: config.TRUST_PROXY,
        tls,
        draining: signal,
      }),
    )
    await app.listen({ host: config.HOST, port: config.PORT })
    this.#port = (app.server.address() as AddressInfo).port
    stack.defer(() => drain(config))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}
