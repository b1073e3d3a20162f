import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AccessToken } from '@livepods/access'
import { EnvironmentError, gauge, type Log } from '@livepods/service'
import { type Damage, Spool, SpoolError } from '@livepods/spool'
import { TlsFiles } from '@livepods/tls'
import { Answers } from './answers.ts'
import type { Config } from './config.ts'
import { DeadLetters } from './dead-letters.ts'
import { Delivery } from './delivery.ts'
import { Intake } from './intake.ts'
import { LivepodsProtocol } from './livepods-protocol.ts'
import { Parking } from './parking.ts'
import { PlainProtocol } from './plain-protocol.ts'
import { Pump } from './pump.ts'
import { relayName } from './relay-name.ts'
import { sinkOf } from './sink-url.ts'
import { Target } from './target.ts'
import { TextLog } from './text-log.ts'
import type { Waiting } from './waiting-routes.ts'

const MB = 1_000_000

const waitingMessages = gauge({
  name: 'relay_waiting_messages',
  help: 'Messages that are not delivered.',
  labels: ['spool'],
})
const waitingBytes = gauge({ name: 'relay_waiting_bytes', help: 'Bytes that are not delivered.', labels: ['spool'] })

/** The folder of a relay: what is stored there, and what takes it to the sink. */
export class Outbox implements AsyncDisposable {
  readonly intake: Intake
  readonly answers: Answers
  readonly deadLetters: DeadLetters
  readonly pump: Pump
  readonly #waiting: () => Waiting
  readonly #stack: AsyncDisposableStack

  /** The pump is not started. Rejects with EnvironmentError when the folder, the address of the sink or the token cannot be used. */
  static async open(config: Config, log: Log): Promise<Outbox> {
    const stack = new AsyncDisposableStack()
    try {
      return await openParts(config, log, stack)
    } catch (error) {
      await stack.disposeAsync()
      if (error instanceof SpoolError || (error as NodeJS.ErrnoException).syscall !== undefined)
        throw new EnvironmentError([`SPOOL_DIR ${config.SPOOL_DIR}: ${(error as Error).message}`])
      throw error
    }
  }

  constructor(
    parts: { intake: Intake; answers: Answers; deadLetters: DeadLetters; pump: Pump },
    waiting: () => Waiting,
    stack: AsyncDisposableStack,
  ) {
    this.intake = parts.intake
    this.answers = parts.answers
    this.deadLetters = parts.deadLetters
    this.pump = parts.pump
    this.#waiting = waiting
    this.#stack = stack
  }

  /** What is not delivered, and whether the sink takes it. */
  get waiting(): Waiting {
    return this.#waiting()
  }

  /** Sets the metrics of what waits. */
  measure(): void {
    const { messages, bytes, parked } = this.#waiting()
    waitingMessages.set({ spool: 'relay' }, messages)
    waitingBytes.set({ spool: 'relay' }, bytes)
    waitingMessages.set({ spool: 'parked' }, parked.messages)
    waitingBytes.set({ spool: 'parked' }, parked.bytes)
  }

  /** Stops the pump, then stores what was taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

async function openParts(config: Config, log: Log, stack: AsyncDisposableStack): Promise<Outbox> {
  const { SPOOL_DIR: folder } = config
  const sink = sinkOf(config)
  const token = stack.use(await AccessToken.open(config, log))
  const tls = stack.use(await TlsFiles.ofClient(config, { log }))
  if (tls && sink.url.protocol !== 'https:')
    throw new EnvironmentError([`TLS files are set, and SINK_URL ${config.SINK_URL} is not https.`])
  await mkdir(folder, { recursive: true })
  const maxBytes = config.SPOOL_MEGABYTES * MB
  const onFatal = (error: unknown) => {
    log.fatal({ err: error }, 'the relay cannot go on; the process ends')
    process.exit(1)
  }
  const onDamage = (damage: Damage) => log.error(damage, 'messages of the spool cannot be read')
  const spool = stack.use(
    await Spool.open({
      folder: join(folder, 'spool'),
      name: 'relay',
      maxBytes,
      keepHours: config.SPOOL_KEEP_HOURS,
      onFatal,
      onDamage,
    }),
  )
  const reader = await spool.reader('sink')
  const parking = stack.use(
    await Parking.open({
      folder: join(folder, 'parked'),
      maxBytes: maxBytes / 4,
      spoolBytes: maxBytes,
      onFatal,
      onDamage,
      log,
    }),
  )
  const deadLetters = stack.use(await DeadLetters.open({ path: join(folder, 'dead-letters.ndjson'), log, onFatal }))
  const name = await relayName(folder, config.RELAY_NAME)
  const ownStream = (epoch: string) => `${name}~${epoch}`

  const url = sink.url.href
  const oldest = () => (reader.waiting.since === undefined ? undefined : new Date(reader.waiting.since))
  const state = () => ({
    name,
    // What is in the batch does not wait.
    waiting: spool.nextNumber - reader.position,
    oldest: oldest(),
    parked: parking.waiting.records,
    deadLetters: deadLetters.size,
  })
  const protocol = stack.use(
    sink.protocol === 'plain'
      ? new PlainProtocol({ url: sink.url, token, tls })
      : new LivepodsProtocol({ url, token, tls, relay: state }),
  )
  if (sink.protocol === 'plain')
    log.warn({ sink: url }, 'the sink gets plain HTTP: each message at least once, in any order')
  const target = new Target({ url, protocol, log })
  const answers = new Answers(target)
  const delivery = new Delivery({ target, deadLetters, log })
  const pump = stack.use(
    new Pump({ reader, oldestKept: () => spool.oldestNumber, delivery, parking, answers, ownStream, onFatal, log }),
  )
  const textLogBytes = config.TEXT_LOG_MEGABYTES * MB
  const textLog =
    textLogBytes > 0 ? stack.use(await TextLog.open({ folder, name, maxBytes: textLogBytes, log })) : undefined
  const intake = new Intake({ spool, parking, ownStream, textLog })
  const waiting = (): Waiting => {
    const { records, bytes } = reader.waiting
    const { streams, isFull, missing, ...parked } = parking.report
    return {
      name,
      stream: ownStream(spool.epoch),
      messages: records,
      bytes,
      since: oldest()?.toISOString() ?? null,
      parked: { streams, messages: streams === 0 ? 0 : parked.records, bytes: parked.bytes, isFull, missing },
      deadLetters: deadLetters.size,
      sink: target.report,
    }
  }
  return new Outbox({ intake, answers, deadLetters, pump }, waiting, stack)
}
