/// <reference path="./nsqjs.d.ts" />
import { EventEmitter } from 'node:events'
import { setImmediate as nextIteration } from 'node:timers/promises'
import { backoffMs, counter, gauge, type Log, PeriodicTask } from '@livepods/service'
import { type Message, Reader } from 'nsqjs'
import type { ConsumerAccess } from './consumer-access.ts'
import { Delivery } from './delivery.ts'
import { channelDepth } from './depth.ts'
import { type LookedUp, lookup, type Producer } from './lookup.ts'
import { checkName } from './names.ts'
import { NsqHttp } from './nsq-http.ts'
import { refusalOf } from './refusal.ts'
import { RequeueError } from './requeue-error.ts'

export interface ConsumerOptions extends ConsumerAccess {
  topic: string
  channel: string
  /** Messages that are handled at the same time. */
  concurrency: number
  /** Resolved: the message is finished. Rejected: it is requeued, after `delayMs` of a RequeueError or a growing time. */
  handle: (body: Buffer, message: { id: string; attempts: number }) => Promise<void>
  log: Log
  /** How often the nsqlookupds are asked, so how soon a restarted nsqd is found again. */
  lookupEveryMs?: number
  /**
   * Milliseconds that nsqd gives us for a message, its own -msg-timeout unless given; extended at a third of it for as long as it is
   * handled.
   */
  messageTimeoutMs?: number | null
  /** Interval of heartbeats in both directions; a connection that is silent for more than two intervals is closed. */
  heartbeatSeconds?: number
  /** A message that was rejected at this delivery, or a later one, is finished. */
  giveUpAt?: number
}

interface ConsumerEvents {
  /** A connection to the nsqd at this address, the first one too. */
  connected: [address: string]
  /** A connection that ended without being asked to. */
  closed: [address: string]
}

export interface ConsumerStatus {
  state: 'new' | 'consuming' | 'paused' | 'stopping' | 'stopped'
  /** Why nothing can be consumed, and what to set. */
  refusal?: string
  /** host:port of every nsqd that is connected. */
  connections: string[]
  inFlight: number
}

const DEFAULTS = {
  lookupEveryMs: 1000,
  messageTimeoutMs: null as number | null,
  // nsqd gives what it sent to one that hangs to others: seconds matter.
  heartbeatSeconds: 5,
  giveUpAt: 20,
}

/** For so long an nsqd that a lookup found is kept while an nsqlookupd does not answer. */
const FORGET_AFTER_MS = 10 * 60_000

const answers = counter({
  name: 'queue_messages_total',
  help: 'Messages by how they were answered.',
  labels: ['topic', 'answer'],
})
const inFlight = gauge({ name: 'queue_messages_in_flight', help: 'Messages being handled.', labels: ['topic'] })
const connections = gauge({ name: 'queue_connections', help: 'Connections to nsqd.', labels: ['topic'] })
const faults = counter({
  name: 'queue_faults_total',
  help: 'Faults of nsqd and nsqlookupd.',
  labels: ['topic', 'from'],
})

/** Consumes a channel of NSQ, from every nsqd that the nsqlookupds name, until it is stopped; finds them again when they return. */
export class Consumer extends EventEmitter<ConsumerEvents> implements AsyncDisposable {
  readonly #options: ConsumerOptions & typeof DEFAULTS
  readonly #reader: Reader
  readonly #http = new NsqHttp({ deadlineMs: 1000 })
  readonly #connections = new Set<string>()
  readonly #handling = new Set<Promise<void>>()
  /** What was logged of each since it was well: it is asked every second, and the same again is not worth a line. */
  readonly #logged = { nsqd: new Set<string>(), nsqlookupd: new Set<string>() }
  /** Why nsqd refuses us, while no other one takes us. */
  #refusal: string | undefined
  #waiting: Delivery[] = []
  /** Every nsqd that an nsqlookupd told of, and when. */
  #producers = new Map<string, { one: Producer; at: number }>()
  #state: ConsumerStatus['state'] = 'new'
  readonly #polling: PeriodicTask

  constructor(options: ConsumerOptions) {
    super()
    this.#options = { ...DEFAULTS, ...options }
    const { topic, channel, concurrency, messageTimeoutMs, heartbeatSeconds, tls, authSecret = null } = this.#options
    this.#reader = new Reader(checkName(topic), checkName(channel), {
      // Only there because it must be: we look up ourselves, so `connect()` is never called.
      lookupdHTTPAddresses: options.lookup,
      maxInFlight: Math.max(2, concurrency),
      messageTimeout: messageTimeoutMs,
      heartbeatInterval: heartbeatSeconds,
      idleTimeout: heartbeatSeconds * 2.4,
      tls: tls !== undefined,
      tlsVerification: tls?.verify ?? true,
      authSecret,
    })
    this.#polling = new PeriodicTask(() => this.#poll(), { everyMs: this.#options.lookupEveryMs, jitter: [0.5, 1] })
    this.#reader.on('message', (message) => this.#receive(message))
    this.#reader.on('nsqd_connected', (host, port) => this.#connected(`${host}:${port}`))
    this.#reader.on('nsqd_closed', (host, port) => this.#closed(`${host}:${port}`))
    this.#reader.on('error', (error) => this.#fault('nsqd', error))
  }

  get status(): ConsumerStatus {
    const refusal = this.#refusal === undefined ? {} : { refusal: this.#refusal }
    return { state: this.#state, ...refusal, connections: [...this.#connections], inFlight: this.#handling.size }
  }

  /** Rejects while nsqd refuses us, with what to set; not while there is none, which may come. */
  async check(): Promise<void> {
    if (this.#refusal !== undefined) throw new Error(this.#refusal)
  }

  start(): void {
    if (this.#state !== 'new') return
    this.#state = 'consuming'
    this.#polling.start()
  }

  /** Takes no more messages: those being handled go on, those that wait are requeued. */
  pause(): void {
    if (this.#state !== 'consuming') return
    this.#state = 'paused'
    this.#reader.pause()
    this.#return()
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'consuming'
    this.#reader.unpause()
    this.#polling.runNow()
  }

  /** Takes no more messages, waits until those being handled are answered, then closes: nothing of it is delivered again. */
  async stop(): Promise<void> {
    if (this.#state === 'stopping' || this.#state === 'stopped') return
    this.#state = 'stopping'
    const polled = this.#polling.stop()
    this.#reader.pause()
    this.#return()
    while (this.#handling.size > 0) await Promise.all(this.#handling)
    // nsqjs sends an answer in the next tick, and close() throws away what it has not sent.
    await nextIteration()
    this.#reader.close()
    this.#state = 'stopped'
    await polled
    await this.#http[Symbol.asyncDispose]()
  }

  /** Messages that wait in the channel, in every nsqd that answers; rejects when none does. */
  async depth(): Promise<number> {
    const { producers, faults } = await this.#lookUp()
    if (producers.length === 0 && faults.length > 0) throw new Error('No nsqlookupd says where an nsqd is.')
    return await channelDepth(this.#http, producers, this.#options)
  }

  async #lookUp(): Promise<LookedUp> {
    const { producers, faults } = await lookup(this.#http, this.#options.lookup, this.#options.topic)
    const now = performance.now()
    // An nsqlookupd that does not answer may be the only one that knows an nsqd.
    const kept = [...this.#producers].filter(([, { at }]) => faults.length > 0 && now - at < FORGET_AFTER_MS)
    const found = producers.map((one) => [`${one.host} ${one.tcpPort}`, { one, at: now }] as const)
    this.#producers = new Map([...kept, ...found])
    return { producers: [...this.#producers.values()].map(({ one }) => one), faults }
  }

  async #poll(): Promise<void> {
    if (this.#state !== 'consuming') return
    const found = await this.#lookUp()
    if (found.faults.length === 0) this.#logged.nsqlookupd.clear()
    for (const fault of found.faults) this.#fault('nsqlookupd', fault)
    // It may have been paused during the lookup. A new connection would deliver messages: nsqjs forgets its own pause with its last
    // connection.
    if (this.#state !== 'consuming') return
    if (found.producers.length === 0) this.#refusal = undefined
    const { tls } = this.#options
    if (tls) Object.assign(this.#reader.config, buffers(tls.files.options))
    for (const { host, tcpPort } of found.producers) this.#reader.connectToNSQD(host, tcpPort)
  }

  #receive(message: Message): void {
    const delivery = new Delivery(message, { touchEveryMs: Math.min(message.msgTimeout, message.maxMsgTimeout) / 3 })
    this.#waiting.push(delivery)
    if (this.#state === 'consuming') this.#next()
    else this.#return()
  }

  #next(): void {
    while (this.#state === 'consuming' && this.#handling.size < this.#options.concurrency) {
      const delivery = this.#waiting.shift()
      if (!delivery) return
      const handling = this.#handle(delivery).finally(() => {
        this.#handling.delete(handling)
        this.#count()
        this.#next()
      })
      this.#handling.add(handling)
      this.#count()
    }
  }

  async #handle(delivery: Delivery): Promise<void> {
    const { topic, handle, giveUpAt, log } = this.#options
    const { id: message, attempts } = delivery
    try {
      await handle(delivery.body, { id: message, attempts })
      answers.inc({ topic, answer: 'finished' })
      delivery.finish()
    } catch (error) {
      const delayMs =
        error instanceof RequeueError ? error.delayMs : 500 + backoffMs(attempts, { baseMs: 250, maxMs: 60_000 })
      if (attempts >= giveUpAt) {
        log.error({ err: error, topic, message, attempts }, 'message discarded after its last delivery')
        answers.inc({ topic, answer: 'given_up' })
        delivery.finish()
      } else {
        log.warn({ err: error, topic, message, attempts, delayMs: Math.round(delayMs) }, 'message requeued')
        answers.inc({ topic, answer: 'requeued' })
        delivery.requeue(delayMs)
      }
    }
  }

  #return(): void {
    for (const delivery of this.#waiting.splice(0)) {
      answers.inc({ topic: this.#options.topic, answer: 'returned' })
      delivery.requeue(0)
    }
  }

  #connected(address: string): void {
    this.#connections.add(address)
    this.#logged.nsqd.clear()
    this.#refusal = undefined
    this.#count()
    this.emit('connected', address)
  }

  #closed(address: string): void {
    const isOurs = this.#connections.delete(address)
    this.#count()
    if (isOurs && (this.#state === 'consuming' || this.#state === 'paused')) this.emit('closed', address)
    // With its last connection nsqjs forgets that it is paused; it does so after this event.
    if (this.#state === 'paused') process.nextTick(() => this.#state === 'paused' && this.#reader.pause())
  }

  #count(): void {
    const { topic } = this.#options
    inFlight.set({ topic }, this.#handling.size)
    connections.set({ topic }, this.#connections.size)
  }

  #fault(from: 'nsqd' | 'nsqlookupd', error: Error): void {
    const { topic, log } = this.#options
    faults.inc({ topic, from })
    const refusal = from === 'nsqd' ? refusalOf(error) : undefined
    if (from === 'nsqd' && this.#connections.size === 0) this.#refusal = refusal
    const fault = refusal ?? error.message
    if (!this.#logged[from].has(fault)) log.warn({ topic, fault }, `fault of ${from}`)
    this.#logged[from].add(fault)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** As nsqjs wants them. */
function buffers(texts: Record<string, string>): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(texts).map(([part, text]) => [part, Buffer.from(text)]))
}
