import type { AddressInfo } from 'node:net'
import { Access } from '@livepods/access'
import { drain } from '@livepods/http'
import { PeriodicTask, type ServiceOptions } from '@livepods/service'
import { buildApp } from './app.ts'
import type { Config } from './config.ts'
import { Outbox } from './outbox.ts'

const MEASURE_EVERY_MS = 1000

/** Stores messages, answers, and takes them to the sink. */
export class Relay implements AsyncDisposable {
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

  /** Resolves when it listens, whether the sink is there or not. Call it once. */
  async start(): Promise<void> {
    const { config, log, ops, signal } = this.#options
    const stack = this.#stack

    const access = stack.use(await Access.open(config, log))
    const outbox = stack.use(await Outbox.open(config, log))
    ops.reports('waiting', () => outbox.waiting)
    log.info(outbox.waiting, 'spool opened')
    stack.use(new PeriodicTask(async () => outbox.measure(), { everyMs: MEASURE_EVERY_MS })).start()
    outbox.pump.start()

    const app = stack.use(
      buildApp({
        log,
        access,
        intake: outbox.intake,
        answers: outbox.answers,
        deadLetters: outbox.deadLetters,
        pump: outbox.pump,
        waiting: () => outbox.waiting,
        trustProxy: config.TRUST_PROXY,
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
