import type { Log } from '@livepods/service'
import type { Hub } from '../hub/hub.ts'
import type { Follower } from '../hub/stream.ts'
import type { StreamName } from '../stream-name.ts'
import { whatIsHere } from './adopt-window.ts'
import type { Claim } from './claim.ts'
import type { PeerClient } from './peer-client.ts'
import type { Peer, Peers } from './peers.ts'
import { type FeedRecord, RecordReader } from './records.ts'

export interface FeedOptions {
  name: StreamName
  hub: Hub
  peers: Peers
  client: PeerClient
  log: Log
  /** An owner that sends nothing for so long, not even a tick, is not there. */
  lostAfterMs: number
  maxBodyBytes: number
  /** Whether this replica follows the stream though nobody watches it here. */
  isStandby: () => boolean
}

/** Without a viewer for so long it ends. */
const UNUSED_MS = 10_000
const LOOK_EVERY_MS = 1000
/** An owner that has gone is not asked more often. */
const RETRY_MS = 100

/** Follows one stream: one connection to its owner, whoever that is, for as long as it is watched here. */
export class Feed {
  readonly #options: FeedOptions
  readonly #stopping = new AbortController()
  readonly #begun = Promise.withResolvers<void>()
  #follower: Follower | undefined
  /** Of the owner that it followed last. */
  #claim: Claim | undefined
  #isBroken = false
  #isFailing = false
  #usedAt = performance.now()
  #ended: Promise<void> | undefined

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Resolves when the stream is here, or it is known that it will not be. */
  get begun(): Promise<void> {
    return this.#begun.promise
  }

  /** Resolves when it has ended. Call it once. */
  async run(): Promise<void> {
    this.#ended = this.#run()
    await this.#ended
  }

  /** Somebody watches. */
  use(): void {
    this.#usedAt = performance.now()
  }

  /** Resolves when nothing of it comes any more; what is here stays. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { name, hub, peers } = this.#options
    const { signal } = this.#stopping
    if (hub.at(name)) this.#begun.resolve()
    const looking = setInterval(() => this.#endUnused(), LOOK_EVERY_MS)
    try {
      while (!signal.aborted) {
        const owner = peers.ownerOf(name)
        if (owner) await this.#follow(owner.peer)
        if (!hub.at(name) && !peers.ownerOf(name)) return
        await peers.changed(RETRY_MS, signal)
      }
    } finally {
      clearInterval(looking)
      this.#begun.resolve()
    }
  }

  /** Resolves when that has ended, for whatever reason. */
  async #follow({ address, state: { id } }: Peer): Promise<void> {
    const { name, hub, client, log, lostAfterMs, maxBodyBytes } = this.#options
    const reader = new RecordReader(maxBodyBytes)
    const leaving = new AbortController()
    const timer = setTimeout(() => leaving.abort(new Error('The owner is silent.')), lostAfterMs)
    const signal = AbortSignal.any([this.#stopping.signal, leaving.signal])
    void this.#leaveWhenMoved(id, leaving, signal)
    try {
      const request = this.#isBroken ? { name, held: [] } : whatIsHere(hub, name)
      const answer = await client.open(address, '/feed', request, signal)
      log.info({ stream: name, peer: address }, 'feed began')
      for await (const piece of answer) {
        timer.refresh()
        for (const record of reader.read(piece)) this.#take(record)
      }
      log.info({ stream: name, peer: address }, 'feed ended')
    } catch (error) {
      if (!this.#stopping.signal.aborted && !this.#isFailing)
        log.info({ stream: name, peer: address, err: error }, 'feed failed')
      this.#isFailing = true
    } finally {
      clearTimeout(timer)
      leaving.abort()
      this.#follower?.end()
      this.#follower = undefined
    }
  }

  /** Another replica has the publisher now, and this one may not even be there to say so. */
  async #leaveWhenMoved(id: string, leaving: AbortController, signal: AbortSignal): Promise<void> {
    const { name, peers } = this.#options
    while (!signal.aborted) {
      await peers.changed(LOOK_EVERY_MS, signal)
      const owner = peers.ownerOf(name)
      if (owner && owner.peer.state.id !== id) leaving.abort(new Error('Another replica owns it.'))
    }
  }

  #take(record: FeedRecord): void {
    const { name, hub } = this.#options
    switch (record.type) {
      case 'stream': {
        const { claim, publisher } = record
        const isResumed = claim !== undefined && claim.id === this.#claim?.id && claim.counter === this.#claim.counter
        this.#claim = claim
        const bornAt = new Date(record.bornAt)
        this.#follower = hub.follow(name, { bornAt, publisher }, { isResumed }).follower
        break
      }
      case 'join':
        this.#follower?.join(record.message)
        break
      case 'media':
        this.#follower?.write(record.message)
        break
      case 'live':
        this.#isBroken = false
        this.#isFailing = false
        this.#begun.resolve()
        break
      case 'tick':
        break
      case 'begin':
      case 'period':
      case 'init':
      case 'open':
      case 'part':
      case 'close':
      case 'longest':
      case 'unsupported':
      case 'end':
        this.#apply(record)
    }
  }

  #apply(record: Parameters<Follower['apply']>[0]): void {
    try {
      this.#follower?.apply(record)
    } catch (error) {
      // What is here does not fit what comes: all of it is asked for anew.
      this.#isBroken = true
      throw error
    }
  }

  #endUnused(): void {
    const { name, hub, isStandby } = this.#options
    const viewers = hub.at(name)?.viewers ?? 0
    if (viewers > 0 || isStandby()) this.use()
    if (performance.now() - this.#usedAt < UNUSED_MS) return
    this.#stopping.abort()
    if (hub.at(name)?.isLocal === false) hub.drop(name)
  }
}
