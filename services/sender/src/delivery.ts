import { setTimeout as sleep } from 'node:timers/promises'
import { BatchRefusedError, type Message, TargetUnavailableError } from '@livepods/messages'
import { backoffMs, type Log } from '@livepods/service'
import type { MessageStream } from './message-stream.ts'
import type { Answer, Target } from './target.ts'

export interface DeliveryOptions {
  streams: readonly MessageStream[]
  target: Target
  log: Log
  /** Told of each message that was delivered. */
  onDelivered: (message: Message, reply: string) => void
}

interface Part {
  stream: MessageStream
  messages: Message[]
}

const BASE_MS = 100
const MAX_MS = 30_000
/** A process that stops has little time. */
const MAX_STOPPING_MS = 1000
const MAX_RETRY_AFTER_MS = 3_600_000

/** Sends what waits in all streams to one target: one request at a time, so that each stream is in order. */
export class Delivery {
  readonly #options: DeliveryOptions
  readonly #stopping = new AbortController()
  readonly #ending = new AbortController()
  #wake = new AbortController()
  #running: Promise<void> | undefined
  /** Where the next batch begins, so that every stream has its turn. */
  #turn = 0
  #batchSize: number
  #failures = 0
  #fault: { reason: string; status: number | undefined; since: string } | undefined

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#batchSize = options.target.batchSize
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Says that a stream has more. */
  wake(): void {
    this.#wake.abort()
  }

  /** Rejects while the target takes nothing. */
  async check(): Promise<void> {
    if (this.#fault !== undefined) throw new Error(this.#fault.reason)
  }

  get report() {
    return { address: this.#options.target.address, fault: this.#fault }
  }

  /** Tries to deliver what waits, for at most so long. What a stream is stuck with is not waited for. */
  async stop(withinMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#ending.abort()
      this.#options.target[Symbol.dispose]()
    }, withinMs)
    this.#stopping.abort()
    this.wake()
    await this.#running
    clearTimeout(timer)
  }

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      this.#wake = new AbortController()
      try {
        const parts = await this.#nextParts()
        if (parts.length > 0) await this.#send(parts)
        else if (this.#stopping.signal.aborted) return
        else await this.#idle()
      } catch (error) {
        await this.#pause(error as Error)
      }
    }
  }

  async #nextParts(): Promise<Part[]> {
    const { streams } = this.#options
    const parts: Part[] = []
    const begin = this.#turn
    let room = this.#batchSize
    for (let index = 0; index < streams.length && room > 0; index++) {
      const at = (begin + index) % streams.length
      const stream = streams[at]
      if (stream === undefined || stream.dueInMs > 0) continue
      const messages = await stream.next(room)
      if (messages.length === 0) continue
      parts.push({ stream, messages })
      room -= messages.length
      this.#turn = at + 1
    }
    return parts
  }

  async #send(parts: readonly Part[]): Promise<void> {
    const answers = await this.#answersTo(parts.flatMap(({ messages }) => messages))
    this.#recovered()
    const settled: Promise<void>[] = []
    let at = 0
    for (const { stream, messages } of parts) {
      const own = answers.slice(at, at + messages.length)
      at += messages.length
      for (const [index, { result, reply }] of own.entries())
        if (result.result === 'taken' || result.result === 'duplicate')
          this.#options.onDelivered(messages[index] as Message, reply)
      settled.push(stream.settle(own.map(({ result }) => result)))
    }
    // All of them, so that none is under way when the next batch is made.
    const failed = (await Promise.allSettled(settled)).find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }

  async #answersTo(messages: readonly Message[]): Promise<Answer[]> {
    try {
      const answers = await this.#options.target.send(messages)
      this.#batchSize = this.#options.target.batchSize
      return answers
    } catch (error) {
      if (!(error instanceof BatchRefusedError)) throw error
      const { status, message: detail } = error
      // The verdict is on one of them: halves find it.
      this.#batchSize = Math.max(1, Math.floor(messages.length / 2))
      return messages.length > 1 ? [] : [{ result: { result: 'refused', status, detail }, reply: detail }]
    }
  }

  /** Waits for something to send. */
  async #idle(): Promise<void> {
    const due = Math.min(...this.#options.streams.map(({ dueInMs }) => dueInMs), MAX_MS)
    await sleep(due, undefined, { signal: this.#wake.signal }).catch(() => {})
  }

  /** Nothing was delivered; it is tried again later, and until then it stays where it is. */
  async #pause(error: Error): Promise<void> {
    if (this.#ending.signal.aborted) return
    const { status, retryAfterMs = 0 } = error instanceof TargetUnavailableError ? error : {}
    const reason = error.message
    if (this.#fault === undefined || this.#fault.status !== status) {
      const { address } = this.#options.target
      this.#options.log.warn({ target: address, status, reason }, 'messages are not delivered; they wait')
    }
    this.#fault = { reason, status, since: this.#fault?.since ?? new Date().toISOString() }
    const isStopping = this.#stopping.signal.aborted
    const backoff = backoffMs(this.#failures++, { baseMs: BASE_MS, maxMs: isStopping ? MAX_STOPPING_MS : MAX_MS })
    const ms = Math.max(backoff, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS))
    // Who is told to stop tries once more at once, unless the target asked for a pause.
    const { signal } = isStopping || retryAfterMs > 0 ? this.#ending : this.#stopping
    await sleep(ms, undefined, { signal }).catch(() => {})
  }

  #recovered(): void {
    if (this.#fault !== undefined)
      this.#options.log.info({ target: this.#options.target.address }, 'messages are delivered')
    this.#fault = undefined
    this.#failures = 0
  }
}
