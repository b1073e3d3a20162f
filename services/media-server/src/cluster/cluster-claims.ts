import type { Log } from '@livepods/service'
import type { ClaimRequest, Claims } from '../hub/claims.ts'
import type { Hub } from '../hub/hub.ts'
import { StreamRefusedError } from '../hub/stream-refused-error.ts'
import type { StreamName } from '../stream-name.ts'
import { adoptWindow } from './adopt-window.ts'
import { type Claim, isOlder } from './claim.ts'
import type { PeerClient } from './peer-client.ts'
import { type ClaimAnswer, ClaimAnswerSchema, type PeerClaim, type PeerState, type StreamState } from './peer-state.ts'
import type { Peer, Peers } from './peers.ts'
import { heldOf, isFurther } from './window-records.ts'

export interface ClusterClaimsOptions {
  hub: Hub
  peers: Peers
  client: PeerClient
  log: Log
  /** Who does not answer in time is not waited for: live video does not stop because a peer does. */
  answerWithinMs: number
  maxBodyBytes: number
  /** What this replica has of a stream. */
  describe: (name: StreamName) => StreamState | undefined
  /** Called before this replica publishes a stream that it may follow. */
  leaveFeed: (name: StreamName) => Promise<void>
  /** Called when a publisher went, or will in a moment be, elsewhere. */
  onYield: (name: StreamName) => void
}

interface Pending extends Claim {
  isLost: boolean
}

/** An owner may have made so many segments since it said how many. */
const UNHEARD_SEGMENTS = 3
/** The others may have made so many claims while they were not heard. */
const MAX_UNHEARD_CLAIMS = 1_000_000
const TAKEN = 'Somebody publishes this stream already.'

/** Settles among the replicas who may publish a name: the older claim holds. */
export class ClusterClaims implements Claims {
  readonly #options: ClusterClaimsOptions
  readonly #pending = new Map<StreamName, Pending>()
  readonly #owned = new Map<StreamName, number>()

  constructor(options: ClusterClaimsOptions) {
    this.#options = options
  }

  /** The claim by which this replica publishes a name. */
  of(name: StreamName): Claim | undefined {
    const counter = this.#owned.get(name)
    return counter === undefined ? undefined : { counter, id: this.#options.peers.id }
  }

  async claim({ name, owner }: ClaimRequest): Promise<{ tookOver: boolean }> {
    const { peers, client, answerWithinMs, leaveFeed } = this.#options
    this.#forgetEnded()
    if (this.#pending.has(name)) throw new StreamRefusedError('TAKEN', TAKEN)
    const pending: Pending = { counter: peers.nextCounter(), id: peers.id, isLost: false }
    this.#pending.set(name, pending)
    try {
      const { counter, id } = pending
      const body = { name, counter, id, ...(owner !== undefined && { owner }) }
      const asked = await Promise.all(
        peers.live().map(async (peer) => {
          const options = { withinMs: answerWithinMs }
          const answer = client.ask<ClaimAnswer>(peer.address, '/claim', body, ClaimAnswerSchema, options)
          return { peer, answer: await answer.catch((error: unknown) => this.#missed(peer, error)) }
        }),
      )
      const refusal = asked.find(({ answer }) => answer && !answer.isGranted)?.answer
      if (refusal) throw new StreamRefusedError('TAKEN', refusal.reason ?? TAKEN)
      await leaveFeed(name)
      await this.#adopt(
        name,
        asked.flatMap(({ peer, answer }) => (answer?.stream ? [{ peer, stream: answer.stream }] : [])),
      )
      if (pending.isLost) throw new StreamRefusedError('TAKEN', TAKEN)
      this.#owned.set(name, counter)
      return { tookOver: asked.some(({ answer }) => answer?.tookOver) }
    } finally {
      this.#pending.delete(name)
    }
  }

  /** What this replica says to the claim of another one. It gives up what is here, unless it refuses. */
  answer({ name, owner, ...claim }: PeerClaim): ClaimAnswer {
    const { hub, peers, describe } = this.#options
    peers.witness(claim.counter)
    const pending = this.#pending.get(name)
    if (pending && isOlder(pending, claim)) return { isGranted: false, reason: TAKEN, tookOver: false }
    const reason = hub.conflictOf(name, owner)
    if (reason !== undefined) return { isGranted: false, reason, tookOver: false }
    if (pending) pending.isLost = true
    const stream = hub.at(name)
    const tookOver = (stream?.isLocal && stream.onAir) ?? false
    if (stream?.isLocal) this.#yield(name, 'Another connection publishes this stream now.')
    const state = describe(name)
    return { isGranted: true, tookOver, ...(state && { stream: state }) }
  }

  /** Ends what this replica publishes where a peer has the older claim: they did not hear each other for a while. */
  settle({ id, streams }: PeerState): void {
    const { hub, log } = this.#options
    for (const { name, claim, onAir } of streams) {
      const stream = hub.at(name)
      const own = this.of(name)
      if (claim === undefined || !own || !stream?.isLocal) continue
      const isTheirs = stream.onAir === onAir ? isOlder({ counter: claim, id }, own) : onAir
      if (!isTheirs) continue
      log.warn({ stream: name, peer: id }, 'another replica publishes this stream, too, and did so before')
      this.#yield(name, 'Another publisher has this stream.')
    }
  }

  /** The others may have given up on this replica: what it claims is younger than what they claimed meanwhile. */
  renew(): void {
    const { peers } = this.#options
    peers.witness(peers.nextCounter() + MAX_UNHEARD_CLAIMS)
    for (const name of this.#owned.keys()) this.#owned.set(name, peers.nextCounter())
  }

  #yield(name: StreamName, reason: string): void {
    const { hub, onYield } = this.#options
    this.#owned.delete(name)
    hub.at(name)?.yield(reason)
    onYield(name)
  }

  #forgetEnded(): void {
    for (const name of this.#owned.keys()) if (!this.#options.hub.at(name)?.isLocal) this.#owned.delete(name)
  }

  #missed(peer: Peer, error: unknown): undefined {
    this.#options.log.info({ peer: peer.address, err: error }, 'a peer was not heard about a claim')
  }

  /** What there is of the stream comes here, so that its numbers go on. */
  async #adopt(name: StreamName, others: { peer: Peer; stream: StreamState }[]): Promise<void> {
    const { hub, peers, client, log, answerWithinMs, maxBodyBytes } = this.#options
    const furthest = others.reduce(
      (best, other) => (isFurther(other.stream.held, best?.stream.held ?? []) ? other : best),
      undefined as { peer: Peer; stream: StreamState } | undefined,
    )
    const here = hub.presentationOf(name)
    if (furthest && isFurther(furthest.stream.held, here ? heldOf(here) : [])) {
      const begun = performance.now()
      const signal = AbortSignal.timeout(answerWithinMs)
      try {
        await adoptWindow({ name, peer: furthest.peer.address, client, hub, maxBodyBytes, signal })
        log.info({ stream: name, ms: Math.round(performance.now() - begun) }, 'window adopted')
      } catch (error) {
        log.warn({ stream: name, err: error }, 'window not adopted')
      }
    }
    const known = furthest?.stream ?? peers.remembered(name)
    if (!known?.last) return
    const { number } = hub.presentationOf(name)?.position ?? { number: -1 }
    if (number >= known.last.number) return
    const { owner, protocol, client: address } = known.publisher
    const publisher = { owner, protocol: protocol as 'rtmp', client: address }
    const { presentation } = hub.adopt(name, { bornAt: new Date(known.bornAt), publisher })
    presentation.startAfter({ ...known.last, number: known.last.number + UNHEARD_SEGMENTS })
  }
}
