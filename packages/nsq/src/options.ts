import { hostname } from 'node:os'

/** How a broker listens and what bounds it: ports (0 = any free one), sizes in bytes, times in milliseconds. */
export interface BrokerOptions {
  /** Address to listen on; loopback unless given. */
  host?: string
  /** nsqd's TCP port (official: 4150). */
  tcpPort?: number
  /** nsqd's HTTP port (official: 4151). */
  httpPort?: number
  /** nsqlookupd's TCP port, where other nsqds register (official: 4160). */
  lookupTcpPort?: number
  /** nsqlookupd's HTTP port (official: 4161). */
  lookupHttpPort?: number
  /** The name under which consumers reach this broker, as told in lookup answers. */
  broadcastAddress?: string
  /** The ports told with it where others lead here, as a proxy's; 0 = those that it listens on. */
  broadcastTcpPort?: number
  broadcastHttpPort?: number
  /** Largest single message. */
  maxMessageBytes?: number
  /** Largest body of one command or HTTP request. */
  maxBodyBytes?: number
  /** Bound of everything kept: messages, half-received bodies, topics, channels, registrations. */
  memoryBytes?: number
  /** How long a delivered message may stay unanswered before it is delivered again. */
  messageTimeoutMs?: number
  /** How far a consumer can push that with `msg_timeout` and TOUCH. */
  maxMessageTimeoutMs?: number
  /** Longest delay of REQ, DPUB and `/pub?defer`. */
  maxRequeueTimeoutMs?: number
  /** Most messages one consumer can ask for with RDY. */
  maxReadyCount?: number
  /** Heartbeat interval of a client that does not name one; two missed ones close the connection. */
  heartbeatIntervalMs?: number
  /** Longest heartbeat interval that a client may name. */
  maxHeartbeatIntervalMs?: number
  /** Most TCP connections at once, per port. */
  maxConnections?: number
  /** An nsqd that has not sent PING for so long is left out of lookup answers. */
  inactiveProducerTimeoutMs?: number
  /** For how long `/topic/tombstone` hides a producer. */
  tombstoneLifetimeMs?: number
  /** What these two are measured with, in milliseconds. */
  now?: () => number
}

export type Settings = Required<BrokerOptions>

const MIB = 1024 * 1024

// The values of nsqd/options.go and nsqlookupd/options.go, except the last two of the first block, which nsqd lacks.
const DEFAULTS: Omit<Settings, 'broadcastAddress'> = {
  host: '127.0.0.1',
  tcpPort: 0,
  httpPort: 0,
  lookupTcpPort: 0,
  lookupHttpPort: 0,
  broadcastTcpPort: 0,
  broadcastHttpPort: 0,
  memoryBytes: 256 * MIB,
  maxConnections: 1024,

  maxMessageBytes: MIB,
  maxBodyBytes: 5 * MIB,
  messageTimeoutMs: 60_000,
  maxMessageTimeoutMs: 15 * 60_000,
  maxRequeueTimeoutMs: 60 * 60_000,
  maxReadyCount: 2500,
  heartbeatIntervalMs: 30_000,
  maxHeartbeatIntervalMs: 60_000,
  inactiveProducerTimeoutMs: 300_000,
  tombstoneLifetimeMs: 45_000,
  now: () => performance.now(),
}

/** Fills in what was not given; `broadcastAddress` is the host, or this machine's name when the host means all interfaces. */
export function settingsFrom(options: BrokerOptions): Settings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const settings = { ...DEFAULTS, broadcastAddress: '', ...given }
  const everywhere = settings.host === '0.0.0.0' || settings.host === '::'
  return { ...settings, broadcastAddress: settings.broadcastAddress || (everywhere ? hostname() : settings.host) }
}

/** What the broker calls itself: the nsqd version whose protocol it speaks, with semver build metadata. */
export const VERSION = '1.3.0+livepods'
