import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AccessToken } from '@livepods/access'
import { nameFromHost } from '@livepods/messages'
import { gauge, type Log, PeriodicTask, type ServiceOptions } from '@livepods/service'
import type { Config } from './config.ts'
import { Delivery } from './delivery.ts'
import { LivepodsTarget } from './livepods-target.ts'
import { MessageStream } from './message-stream.ts'
import { PlainTarget } from './plain-target.ts'
import type { Target } from './target.ts'
import { parseTargetUrl } from './target-url.ts'
import { textOf } from './text.ts'

/** The rest of STOP_WITHIN_SECONDS is for closing files. */
const DELIVERING_SHARE = 0.8
/** A status with thousands of streams is of no use. */
const STREAMS_SHOWN = 20

const waiting = gauge({ name: 'sender_waiting_messages', help: 'Messages that are stored and not delivered.' })
const oldest = gauge({
  name: 'sender_oldest_waiting_timestamp_seconds',
  help: 'Unix time of the oldest message that is not delivered; 0: there is none.',
})
const stuck = gauge({ name: 'sender_stuck_streams', help: 'Streams whose next message the target does not take.' })

/** Makes messages, and delivers each of them once and in order. */
export class Sender implements AsyncDisposable {
  readonly #options: ServiceOptions<Config>
  readonly #stack = new AsyncDisposableStack()

  constructor(options: ServiceOptions<Config>) {
    this.#options = options
  }

  /** Resolves when messages are being made, whether the target is there or not. Call it once. */
  async start(): Promise<void> {
    const { config, log, ops } = this.#options
    const stack = this.#stack

    const token = stack.use(await AccessToken.open(config, log))
    const streams = await openStreams(config, log)
    stack.defer(async () => {
      await Promise.all(streams.map((stream) => stream[Symbol.asyncDispose]()))
    })
    const target = stack.use(targetOf(config, token, log))
    const delivery = new Delivery({
      streams,
      target,
      log,
      onDelivered: ({ content }, reply) => {
        if (config.PRINT_MESSAGES) print(`${content}`, reply)
      },
    })
    ops.requires('target', () => delivery.check())
    ops.reports('target', () => delivery.report)
    ops.reports('streams', () => reportOf(streams))
    stack.use(new PeriodicTask(async () => measure(streams), { everyMs: 1000 })).start()
    stack.defer(async () => {
      await delivery.stop(config.STOP_WITHIN_SECONDS * 1000 * DELIVERING_SHARE)
      const left = sum(streams)
      if (left > 0) log.warn({ messages: left }, 'messages wait for the next start')
    })
    delivery.start()

    const making = streams.slice(0, config.SENDERS).map((stream, index) => {
      const everyMs = config.SEND_EVERY_SECONDS * 1000
      // Evenly over the time, not all at once.
      let waitMs = (everyMs * index) / config.SENDERS
      const make = async () => {
        await stream.add(textOf(new Date()))
        delivery.wake()
      }
      const onFailure = (error: unknown) => log.error({ err: error, ...stream.report }, 'messages cannot be stored')
      return new PeriodicTask(make, {
        everyMs: () => {
          const ms = waitMs
          waitMs = everyMs
          return ms
        },
        onFailure,
      })
    })
    stack.defer(async () => {
      await Promise.all(making.map((task) => task.stop()))
    })
    for (const task of making) task.start({ waits: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

/** Those that are wanted, and those of earlier starts, in which messages may wait. */
async function openStreams(config: Config, log: Log): Promise<MessageStream[]> {
  const {
    SPOOL_DIR: folder,
    SENDERS,
    SENDER_NAME = nameFromHost('sender'),
    SPOOL_MEGABYTES,
    SPOOL_KEEP_HOURS: keepHours,
  } = config
  await mkdir(folder, { recursive: true })
  const former = (await readdir(folder)).filter((name) => /^[1-9]\d*$/.test(name)).map(Number)
  const wanted = Array.from({ length: SENDERS }, (_, index) => index + 1)
  const opening = [...new Set([...wanted, ...former])].map((number) =>
    MessageStream.open({
      folder: join(folder, `${number}`),
      name: number === 1 ? SENDER_NAME : `${SENDER_NAME}-${number}`,
      maxBytes: SPOOL_MEGABYTES * 1e6,
      keepHours,
      log,
    }),
  )
  const opened = await Promise.allSettled(opening)
  const streams = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = opened.find(({ status }) => status === 'rejected')
  if (failed?.status !== 'rejected') return streams
  await Promise.all(streams.map((stream) => stream[Symbol.asyncDispose]()))
  throw failed.reason
}

function targetOf(config: Config, token: AccessToken, log: Log): Target {
  const { url, protocol } = parseTargetUrl(config.RELAY_URL)
  const options = { url, token, answerWithinMs: config.ANSWER_WITHIN_SECONDS * 1000 }
  if ((config.RELAY_PROTOCOL ?? protocol) === 'livepods') return new LivepodsTarget(options)
  const target = new PlainTarget(options)
  log.warn({ target: target.address }, 'plain HTTP: a message whose answer is lost may come twice')
  return target
}

function reportOf(streams: readonly MessageStream[]) {
  const reports = streams.map(({ report }) => report)
  return {
    streams: reports.length,
    waiting: sum(streams),
    stuck: reports.filter(({ fault }) => fault !== undefined).length,
    // The stuck ones and the longest queues first.
    of: reports
      .sort((a, b) => Number(b.fault !== undefined) - Number(a.fault !== undefined) || b.waiting - a.waiting)
      .slice(0, STREAMS_SHOWN),
  }
}

function measure(streams: readonly MessageStream[]): void {
  const times = streams.flatMap(({ waitingSince }) => waitingSince ?? [])
  waiting.set(sum(streams))
  oldest.set(times.length === 0 ? 0 : Math.min(...times) / 1000)
  stuck.set(streams.filter(({ fault }) => fault !== undefined).length)
}

function sum(streams: readonly MessageStream[]): number {
  return streams.reduce((total, stream) => total + stream.waiting, 0)
}

/** The two lines of the original. A reply cannot forge a line. */
function print(text: string, reply: string): void {
  const shown = reply.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))
  process.stdout.write(`********  Sending ${text}\n${shown}\n`)
}
