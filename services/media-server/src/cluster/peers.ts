import { randomUUID } from 'node:crypto'
import { gauge, type Log, PeriodicTask, within } from '@livepods/service'
import type { StreamName } from '../stream-name.ts'
import type { PeerAddresses } from './peer-addresses.ts'
import type { Address, PeerClient } from './peer-client.ts'
import { PeerError } from './peer-error.ts'
import { type PeerState, PeerStateSchema, PROTOCOL, type StreamState } from './peer-state.ts'

/** Another replica, as it was heard last. */
export interface Peer {
  address: Address
  state: PeerState
  heardAt: number
  /** It answered there; else it is only where its own messages came from. */
  isReached: boolean
}

export interface PeersOptions {
  addresses: PeerAddresses
  client: PeerClient
  log: Log
  /** Who was not heard for so long is not there. */
  lostAfterMs: number
  /** What this replica has. */
  streams: () => StreamState[]
  /** Called with what a peer said anew. */
  onState: (state: PeerState) => void
  /** Called when the others cannot have heard of this replica for so long that they may have given up on it. */
  onSilence: () => void
}

const HEARTBEAT_MS = 1000
const ANSWER_WITHIN_MS = 1000
const GOODBYE_WITHIN_MS = 500
/** What was heard of streams is known for so long after their owner has gone. */
const REMEMBERED_MS = 60_000

const live = gauge({
  name: 'peers',
  help: 'Other replicas of the media server that are heard.',
})

/** The other replicas: they tell each other once a second, and when something changes, what they have. */
export class Peers implements AsyncDisposable {
  /** Of this start of this process. */
  readonly id = randomUUID()
  /** Where this replica listens to its peers. */
  port = 0
  isStopping = false
  readonly #options: PeersOptions
  readonly #tasks: PeriodicTask[]
  readonly #peers = new Map<string, Peer>()
  readonly #waiting = new Set<() => void>()
  /** Addresses that this replica tells its state, and whether it does so just now. */
  readonly #telling = new Map<string, { isAgain: boolean }>()
  readonly #own = new Set<string>()
  readonly #remembered = new Map<StreamName, { stream: StreamState; at: number }>()
  #addresses: Address[] = []
  #counter = 0
  #sequence = 0
  #beatAt = performance.now()
  #isRefused = false

  constructor(options: PeersOptions) {
    this.#options = options
    this.#tasks = [
      new PeriodicTask(() => this.#find(), { everyMs: HEARTBEAT_MS }),
      new PeriodicTask(async () => this.#beat(), { everyMs: HEARTBEAT_MS }),
    ]
  }

  /** Resolves when those that can be found have been asked once. */
  async start(): Promise<void> {
    this.#beatAt = performance.now()
    await within(ANSWER_WITHIN_MS, this.#find(), () => undefined)
    await Promise.all(this.#targets().map((address) => this.#tell(address)))
    for (const task of this.#tasks) task.start({ waits: true })
  }

  /** Those that are there. */
  live(): Peer[] {
    const now = performance.now()
    return [...this.#peers.values()].filter(({ heardAt }) => now - heardAt < this.#options.lostAfterMs)
  }

  /** Who has the publisher of a stream, or had until a moment ago; the newest of several. */
  ownerOf(name: StreamName): { peer: Peer; stream: StreamState } | undefined {
    const owners = this.with(name).filter(({ stream }) => stream.claim !== undefined)
    const rank = ({ onAir, claim = 0 }: StreamState) => (onAir ? 2 ** 52 : 0) + claim
    return owners.sort((one, other) => rank(other.stream) - rank(one.stream))[0]
  }

  /** All that have something of a stream. */
  with(name: StreamName): { peer: Peer; stream: StreamState }[] {
    return this.live().flatMap((peer) => {
      const stream = peer.state.streams.find((one) => one.name === name)
      return stream ? [{ peer, stream }] : []
    })
  }

  /** What an owner said of a stream last, whether it is there or not. */
  remembered(name: StreamName): StreamState | undefined {
    const found = this.#remembered.get(name)
    return found && performance.now() - found.at < REMEMBERED_MS ? found.stream : undefined
  }

  /** Higher than that of any claim that is known. */
  nextCounter(): number {
    return ++this.#counter
  }

  /** Another replica knows claims up to this counter. */
  witness(counter: number): void {
    this.#counter = Math.max(this.#counter, counter)
  }

  /** Tells all at once what this replica has. */
  announce(): void {
    for (const address of this.#targets()) void this.#tell(address)
  }

  /** Resolves when a peer has said something, after `withinMs`, or when the signal aborts. */
  async changed(withinMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, withinMs)
    this.#waiting.add(resolve)
    signal.addEventListener('abort', resolve as () => void)
    await promise
    signal.removeEventListener('abort', resolve as () => void)
    clearTimeout(timer)
    this.#waiting.delete(resolve)
  }

  /** A peer said this of itself; what is said to it. */
  receive(state: PeerState, host: string): PeerState {
    if (state.id !== this.id) this.#hear(state, { host, port: state.port }, false)
    return this.state()
  }

  /** What this replica says of itself. */
  state(): PeerState {
    this.#noticeSilence()
    const { id, port, isStopping } = this
    const streams = this.#options.streams()
    return { protocol: PROTOCOL, id, port, sequence: ++this.#sequence, counter: this.#counter, isStopping, streams }
  }

  /** The peers' addresses, except this replica's own. */
  #targets(): Address[] {
    const unreached = [...this.#peers.values()].filter(({ isReached }) => !isReached)
    const all = [...this.#addresses, ...unreached.map(({ address }) => address)]
    return [...new Map(all.map((address) => [keyOf(address), address])).entries()]
      .filter(([key]) => !this.#own.has(key))
      .map(([, address]) => address)
  }

  async #find(): Promise<void> {
    this.#addresses = await this.#options.addresses.find()
  }

  #beat(): void {
    this.#noticeSilence()
    const now = performance.now()
    this.#beatAt = now
    for (const [id, { heardAt }] of this.#peers) if (now - heardAt > this.#options.lostAfterMs) this.#peers.delete(id)
    for (const [name, { at }] of this.#remembered) if (now - at > REMEMBERED_MS) this.#remembered.delete(name)
    live.set(this.#peers.size)
    this.announce()
    this.#wake()
  }

  /** Before anything is said or heard: what waited while this process was frozen comes before its timers. */
  #noticeSilence(): void {
    const now = performance.now()
    if (now - this.#beatAt <= this.#options.lostAfterMs) return
    this.#beatAt = now
    this.#options.onSilence()
  }

  /** Tells one address; what changes meanwhile is told right after. Never rejects. */
  async #tell(address: Address): Promise<void> {
    const key = keyOf(address)
    const running = this.#telling.get(key)
    if (running) {
      running.isAgain = true
      return
    }
    const telling = { isAgain: false }
    this.#telling.set(key, telling)
    do {
      telling.isAgain = false
      await this.#exchange(address)
    } while (telling.isAgain)
    this.#telling.delete(key)
  }

  async #exchange(address: Address): Promise<void> {
    const { client, log } = this.#options
    try {
      const options = { withinMs: ANSWER_WITHIN_MS }
      const state = await client.ask<PeerState>(address, '/state', this.state(), PeerStateSchema, options)
      if (state.id === this.id) this.#own.add(keyOf(address))
      else this.#hear(state, address, true)
      this.#isRefused = false
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') this.#forget(address)
      if (error instanceof PeerError && !this.#isRefused) {
        this.#isRefused = true
        log.warn({ peer: address, err: error }, 'a peer refuses this replica')
      } else log.debug({ peer: address, err: error }, 'a peer cannot be reached')
    }
  }

  #hear(state: PeerState, address: Address, isReached: boolean): void {
    const { log, onState } = this.#options
    if (state.protocol !== PROTOCOL) {
      log.debug({ peer: address, protocol: state.protocol }, 'a peer of another version is left alone')
      return
    }
    this.witness(state.counter)
    this.#noticeSilence()
    const heardAt = performance.now()
    const known = this.#peers.get(state.id)
    const where = isReached || !known ? { address, isReached } : known
    const isNew = !known || state.sequence > known.state.sequence
    // A process that began anew at the same address has taken the place of the one before.
    if (isReached && !known) this.#forget(address)
    this.#peers.set(state.id, {
      address: where.address,
      isReached: where.isReached,
      heardAt,
      state: isNew ? state : known.state,
    })
    live.set(this.#peers.size)
    if (!isNew) return
    for (const stream of state.streams)
      if (stream.claim !== undefined) this.#remembered.set(stream.name, { stream, at: heardAt })
    onState(state)
    this.#wake()
  }

  /** Nobody listens there any more. */
  #forget(address: Address): void {
    for (const [id, peer] of this.#peers)
      if (peer.isReached && keyOf(peer.address) === keyOf(address)) this.#peers.delete(id)
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#tasks.map((task) => task.stop()))
    // The last word: what it had is gone.
    const told = Promise.all(this.#targets().map((address) => this.#tell(address)))
    await within<unknown>(GOODBYE_WITHIN_MS, told, () => undefined)
  }
}

function keyOf({ host, port }: Address): string {
  return `${host} ${port}`
}
