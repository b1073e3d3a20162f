import type { Identity } from './identity.ts'
import type { ClientStats } from './stats.ts'

export type ClientState = 'init' | 'subscribed' | 'closing'

// The numbers of these states in nsqd/client_v2.go.
const STATE_NUMBER: Record<ClientState, number> = { init: 0, subscribed: 3, closing: 4 }

// A client that publishes to ever new topics is counted for as many of them.
const MAX_COUNTED_TOPICS = 100

/** What a client is now, for its statistics. */
interface ClientNow {
  identity: Identity
  remoteAddress: string
  state: ClientState
  ready: number
  inFlight: number
}

/** What one client has done since it connected. */
export class ClientTally {
  delivered = 0
  finished = 0
  requeued = 0
  readonly #connectedAtMs = Date.now()
  readonly #published = new Map<string, number>()

  get hasPublished(): boolean {
    return this.#published.size > 0
  }

  countPublished(topic: string, count: number): void {
    const before = this.#published.get(topic)
    if (before === undefined && this.#published.size >= MAX_COUNTED_TOPICS) return
    this.#published.set(topic, (before ?? 0) + count)
  }

  stats({ identity, remoteAddress, state, ready, inFlight }: ClientNow): ClientStats {
    return {
      client_id: identity.clientId,
      hostname: identity.hostname,
      version: 'V2',
      remote_address: remoteAddress,
      state: STATE_NUMBER[state],
      ready_count: ready,
      in_flight_count: inFlight,
      message_count: this.delivered,
      finish_count: this.finished,
      requeue_count: this.requeued,
      connect_ts: Math.floor(this.#connectedAtMs / 1000),
      sample_rate: identity.sampleRate,
      deflate: false,
      snappy: false,
      user_agent: identity.userAgent,
      ...(this.hasPublished && { pub_counts: [...this.#published].map(([topic, count]) => ({ topic, count })) }),
      tls: false,
      tls_cipher_suite: '',
      tls_version: '',
      tls_negotiated_protocol: '',
      tls_negotiated_protocol_is_mutual: false,
    }
  }
}
