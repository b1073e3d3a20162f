import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gauge, type Log, within } from '@livepods/service'
import type { ClientDirectory } from '../clients/client-directory.ts'
import type { Clients } from '../clients/clients.ts'
import type { Presentation } from '../cmaf/presentation.ts'
import type { Claims } from '../hub/claims.ts'
import type { Hub } from '../hub/hub.ts'
import type { PublishRequest, Sink, StreamRequest } from '../hub/request.ts'
import type { StreamReport } from '../hub/stream.ts'
import { StreamRefusedError } from '../hub/stream-refused-error.ts'
import type { Streams } from '../hub/streams.ts'
import type { Subscriber } from '../hub/subscriber.ts'
import type { StreamName } from '../stream-name.ts'
import { adoptWindow } from './adopt-window.ts'
import { ClusterClaims } from './cluster-claims.ts'
import { ClusterClients } from './cluster-clients.ts'
import { Feed } from './feed.ts'
import { FeedSender, windowOf } from './feed-sender.ts'
import { isStandby } from './is-standby.ts'
import { PeerAddresses } from './peer-addresses.ts'
import { PeerClient } from './peer-client.ts'
import { PeerListener } from './peer-listener.ts'
import type { FeedRequest, StreamState } from './peer-state.ts'
import { Peers } from './peers.ts'
import { encodeRecord } from './records.ts'
import { heldOf, isFurther } from './window-records.ts'

export interface ClusterOptions {
  hub: Hub
  /** Of this replica. */
  clients: Clients
  log: Log
  /** MEDIA_PEERS. */
  peers: string
  host: string
  port: number
  secret: string
  /** Who does not answer a claim, or is not heard at all, for so long is not waited for. */
  answerWithinMs: number
  lostAfterMs: number
  /** So many other replicas follow each stream though nobody watches it there. */
  standby: number
  /** Of a segment. */
  maxSegmentBytes: number
}

/** Publishers that are asked to move have so long. */
const MOVE_WITHIN_MS = 3000
/** What closing takes at most, of the time to stop. */
const CLOSE_WITHIN_MS = 3000
const LOOK_EVERY_MS = 100
/** Messages and parts beside the segments. */
const MIN_BODY_BYTES = 16 * 1024 * 1024

const followers = gauge({ name: 'followers', help: 'Feeds that are sent to other replicas.' })
const feeds = gauge({ name: 'feeds', help: 'Streams that are followed from another replica.' })

/** All streams of all replicas, as if they were in this process. */
export class Cluster implements Streams, AsyncDisposable {
  readonly #options: ClusterOptions
  readonly #hub: Hub
  readonly #client: PeerClient
  readonly #peers: Peers
  readonly #claims: ClusterClaims
  readonly #clients: ClusterClients
  readonly #feeds = new Map<StreamName, Feed>()
  readonly #senders = new Map<StreamName, Set<FeedSender>>()
  readonly #adopting = new Map<StreamName, Promise<void>>()
  readonly #maxBodyBytes: number
  #listener: PeerListener | undefined

  constructor(options: ClusterOptions) {
    const { hub, log, peers: text, port, secret, answerWithinMs, lostAfterMs, maxSegmentBytes } = options
    this.#options = options
    this.#hub = hub
    this.#maxBodyBytes = Math.max(MIN_BODY_BYTES, 2 * maxSegmentBytes)
    this.#client = new PeerClient(secret)
    this.#peers = new Peers({
      addresses: new PeerAddresses(text, { defaultPort: port, log }),
      client: this.#client,
      log,
      lostAfterMs,
      streams: () => this.#describeAll(),
      onState: (state) => {
        this.#claims.settle(state)
        this.#followAsStandby()
      },
      onSilence: () => this.#claims.renew(),
    })
    this.#clients = new ClusterClients({ clients: options.clients, peers: this.#peers, client: this.#client, log })
    this.#claims = new ClusterClaims({
      hub,
      peers: this.#peers,
      client: this.#client,
      log,
      answerWithinMs,
      maxBodyBytes: this.#maxBodyBytes,
      describe: (name) => this.#describe(name),
      leaveFeed: async (name) => await this.#feeds.get(name)?.stop(),
      onYield: (name) => this.#gaveUp(name),
    })
  }

  /** Of all replicas. */
  get clients(): ClientDirectory {
    return this.#clients
  }

  get claims(): Claims {
    return this.#claims
  }

  /** Resolves when it listens and the peers that can be found were asked what they have. */
  async start(): Promise<void> {
    const { host, port, secret, log } = this.#options
    this.#listener = await PeerListener.listen({
      host,
      port,
      secret,
      log,
      requests: {
        receive: (state, from) => this.#peers.receive(state, from),
        answerClaim: (claim) => this.#claims.answer(claim),
        window: (request) => this.#window(request),
        owns: (name) => this.#owns(name),
        feed: (request, socket) => this.#feed(request, socket),
        kick: (name) => void this.#hub.kick(name),
        clients: (name) => this.#options.clients.state(name),
        kickClient: async (id) => await this.#options.clients.kick(id),
      },
    })
    this.#peers.port = this.#listener.port
    await this.#peers.start()
    log.info({ port: this.#listener.port, peers: this.#peers.live().length }, 'listening to peers')
  }

  async publish(request: PublishRequest & { owner?: string | undefined }): Promise<Sink> {
    if (this.#peers.isStopping) throw new StreamRefusedError('STOPPING', 'The server stops. Connect again.')
    const { name } = request
    const sink = await this.#hub.publish(request)
    this.#peers.announce()
    const stream = name === undefined ? undefined : this.#hub.at(name)
    if (name !== undefined) for (const sender of this.#senders.get(name) ?? []) sender.begin(this.#claims.of(name))
    return {
      write: sink.write,
      end: () => {
        const wasOnAir = stream?.onAir
        sink.end()
        if (wasOnAir) this.#peers.announce()
      },
    }
  }

  async play(request: StreamRequest, subscriber: Subscriber): Promise<() => void> {
    await this.#bring(request.name)
    return await this.#hub.play(request, subscriber)
  }

  async find(request: StreamRequest): Promise<void> {
    await this.#bring(request.name)
    await this.#hub.find(request)
  }

  async present(request: StreamRequest): Promise<Presentation> {
    await this.#bring(request.name)
    return await this.#hub.present(request)
  }

  list(): StreamReport[] {
    const reports = new Map(this.#hub.list().map((report) => [report.name, report]))
    for (const { state } of this.#peers.live())
      for (const stream of state.streams)
        if (stream.claim !== undefined && !this.#hub.at(stream.name)?.isLocal)
          reports.set(stream.name, reportOf(stream))
    return [...reports.values()]
      .map((report) => ({ ...report, viewers: this.#viewersOf(report.name) }))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  get(name: StreamName): StreamReport | undefined {
    const here = this.#hub.at(name)
    const owner = here?.isLocal ? undefined : this.#peers.ownerOf(name)
    const report = owner ? reportOf(owner.stream) : here?.report()
    return report && { ...report, viewers: this.#viewersOf(name) }
  }

  kick(name: StreamName): boolean {
    if (this.#hub.at(name)?.isLocal) return this.#hub.kick(name)
    const owner = this.#peers.ownerOf(name)
    if (!owner) return this.#hub.kick(name)
    const { log } = this.#options
    this.#client.open(owner.peer.address, '/kick', { name }, AbortSignal.timeout(1000)).then(
      (answer) => void answer.resume(),
      (error: unknown) => log.warn({ stream: name, err: error }, 'a stream of a peer could not be ended'),
    )
    return true
  }

  close(): void {
    for (const feed of this.#feeds.values()) void feed.stop()
    // Streams end here, and may go on elsewhere.
    for (const senders of this.#senders.values()) for (const sender of senders) sender.end()
    this.#hub.close()
  }

  /** Lets publishers and viewers move to other replicas, for at most so long; at once where there are none. */
  async drain(withinMs: number): Promise<void> {
    const { log } = this.#options
    const until = performance.now() + withinMs - CLOSE_WITHIN_MS
    this.#peers.isStopping = true
    this.#peers.announce()
    const isAlone = () => this.#peers.live().every(({ state }) => state.isStopping)
    if (isAlone()) return
    const local = () => this.#hub.list().filter(({ name, onAir }) => onAir && this.#hub.at(name)?.isLocal)
    log.info({ streams: local().length }, 'publishers are moved')
    const moved = performance.now() + MOVE_WITHIN_MS
    for (const { name } of local()) this.#hub.at(name)?.moveAway('The server stops. Connect again.')
    while (local().length > 0 && performance.now() < Math.min(moved, until)) await sleep(LOOK_EVERY_MS)
    for (const { name } of local()) this.#hub.at(name)?.closePublisher('The server stops. Connect again.')
    this.#peers.announce()
    const isUsed = () => this.#hub.list().some(({ name, viewers }) => viewers > 0 || this.#hub.at(name)?.isLocal)
    while (isUsed() && performance.now() < until && !isAlone()) await sleep(LOOK_EVERY_MS)
  }

  /** Sees to it that the stream is here, when any replica has it. */
  async #bring(name: StreamName | undefined): Promise<void> {
    if (name === undefined || this.#hub.at(name)?.isLocal) return
    const feed = this.#feeds.get(name) ?? (await this.#beginFor(name))
    if (!feed) return
    feed.use()
    await within(this.#options.lostAfterMs, feed.begun, () => undefined)
  }

  async #beginFor(name: StreamName): Promise<Feed | undefined> {
    if (!this.#peers.ownerOf(name)) {
      if (!this.#hub.presentationOf(name)) await this.#adopt(name)
      if (!this.#hub.at(name)) return undefined
    }
    return this.#feeds.get(name) ?? this.#begin(name)
  }

  #begin(name: StreamName): Feed {
    const { log, standby, lostAfterMs } = this.#options
    const feed = new Feed({
      name,
      hub: this.#hub,
      peers: this.#peers,
      client: this.#client,
      log,
      lostAfterMs,
      maxBodyBytes: this.#maxBodyBytes,
      isStandby: () => isStandby(name, standby, this.#peers),
    })
    this.#feeds.set(name, feed)
    feeds.set(this.#feeds.size)
    feed
      .run()
      .catch((error: unknown) => log.error({ stream: name, err: error }, 'a feed failed'))
      .finally(() => {
        if (this.#feeds.get(name) === feed) this.#feeds.delete(name)
        feeds.set(this.#feeds.size)
      })
    return feed
  }

  /** The owner has gone, and nobody followed here: the segments of who did, once for all who ask. */
  async #adopt(name: StreamName): Promise<void> {
    const running = this.#adopting.get(name)
    if (running) return await running
    const furthest = this.#peers
      .with(name)
      .reduce<ReturnType<Peers['with']>[number] | undefined>(
        (best, other) => (isFurther(other.stream.held, best?.stream.held ?? []) ? other : best),
        undefined,
      )
    if (!furthest) return
    const { log, lostAfterMs } = this.#options
    const adopting = adoptWindow({
      name,
      peer: furthest.peer.address,
      client: this.#client,
      hub: this.#hub,
      maxBodyBytes: this.#maxBodyBytes,
      signal: AbortSignal.timeout(lostAfterMs),
    })
      .catch((error: unknown) => log.warn({ stream: name, err: error }, 'window not adopted'))
      .finally(() => this.#adopting.delete(name))
    this.#adopting.set(name, adopting)
    await adopting
  }

  #followAsStandby(): void {
    const { standby } = this.#options
    if (standby === 0 || this.#peers.isStopping) return
    for (const { state } of this.#peers.live())
      for (const { name, claim } of state.streams)
        if (claim !== undefined && !this.#feeds.has(name) && !this.#hub.at(name)?.isLocal)
          if (isStandby(name, standby, this.#peers)) this.#begin(name)
  }

  /** A publisher of this replica has gone to another one. */
  #gaveUp(name: StreamName): void {
    for (const sender of this.#senders.get(name) ?? []) sender.end()
    this.#senders.delete(name)
    if (!this.#feeds.has(name)) this.#begin(name)
    this.#peers.announce()
  }

  #owns(name: StreamName): boolean {
    return this.#hub.at(name)?.isLocal === true && this.#claims.of(name) !== undefined
  }

  #feed(request: FeedRequest, socket: Socket): void {
    const { name } = request
    const stream = this.#hub.at(name)
    if (!stream) return void socket.destroy()
    const sender = new FeedSender(socket, stream, { claim: this.#claims.of(name), request })
    const senders = this.#senders.get(name) ?? new Set()
    this.#senders.set(name, senders.add(sender))
    followers.inc()
    socket.once('close', () => {
      followers.dec()
      senders.delete(sender)
      if (senders.size === 0 && this.#senders.get(name) === senders) this.#senders.delete(name)
    })
  }

  #window(request: FeedRequest): Buffer[] | undefined {
    const stream = this.#hub.at(request.name)
    return stream && [...windowOf(stream, { claim: undefined, request })].map(encodeRecord)
  }

  #describeAll(): StreamState[] {
    return this.#hub.list().flatMap(({ name }) => this.#describe(name) ?? [])
  }

  #describe(name: StreamName): StreamState | undefined {
    const stream = this.#hub.at(name)
    if (!stream) return undefined
    const claim = stream.isLocal ? this.#claims.of(name) : undefined
    const { onAir, since, publisher, viewers, bitsPerSecond, codecs, width, height } = stream.report()
    const { presentation } = stream
    const { position } = presentation
    const { owner, protocol = 'rtmp', client = '' } = publisher ?? {}
    return {
      name,
      ...(claim && { claim: claim.counter }),
      onAir,
      bornAt: presentation.bornAt.getTime(),
      ...(position && { last: position }),
      held: heldOf(presentation),
      viewers,
      since: since.getTime(),
      publisher: { ...(owner !== undefined && { owner }), protocol, client },
      bitsPerSecond,
      codecs,
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
    }
  }

  #viewersOf(name: StreamName): number {
    const others = this.#peers.with(name).reduce((sum, { stream }) => sum + stream.viewers, 0)
    return others + (this.#hub.at(name)?.viewers ?? 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await Promise.all([...this.#feeds.values()].map((feed) => feed.stop()))
    await this.#peers[Symbol.asyncDispose]()
    await this.#listener?.[Symbol.asyncDispose]()
    this.#client[Symbol.dispose]()
  }
}

function reportOf({
  name,
  onAir,
  since,
  publisher,
  viewers,
  bitsPerSecond,
  codecs,
  ...state
}: StreamState): StreamReport {
  const { owner, protocol, client } = publisher
  const { width, height } = state
  return {
    name,
    onAir,
    since: new Date(since),
    publisher: { owner, protocol: protocol as 'rtmp', client },
    viewers,
    bitsPerSecond,
    codecs,
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  }
}
