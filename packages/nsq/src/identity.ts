import { type Settings, VERSION } from './options.ts'
import { ProtocolError } from './protocol-error.ts'

/** What a client said of itself with IDENTIFY, checked and with the broker's defaults. */
export interface Identity {
  clientId: string
  hostname: string
  userAgent: string
  /** 0 = none wanted. */
  heartbeatIntervalMs: number
  outputBufferBytes: number
  outputBufferTimeoutMs: number
  /** Per cent; 0 = all messages. */
  sampleRate: number
  messageTimeoutMs: number
  /** Whether the client wants the answer of `negotiation` instead of OK. */
  negotiates: boolean
}

// nsqd/options.go and nsqd/client_v2.go
const OUTPUT_BUFFER_BYTES = 16 * 1024
const MAX_OUTPUT_BUFFER_BYTES = 64 * 1024
const OUTPUT_BUFFER_TIMEOUT_MS = 250
const MIN_OUTPUT_BUFFER_TIMEOUT_MS = 25
const MAX_OUTPUT_BUFFER_TIMEOUT_MS = 30_000
const DEFLATE_LEVEL = 6

/** The identity of a client that has not sent IDENTIFY; nsqd calls it by its address. */
export function unidentified(remoteAddress: string, settings: Settings): Identity {
  return {
    clientId: remoteAddress,
    hostname: remoteAddress,
    userAgent: '',
    heartbeatIntervalMs: settings.heartbeatIntervalMs,
    outputBufferBytes: OUTPUT_BUFFER_BYTES,
    outputBufferTimeoutMs: OUTPUT_BUFFER_TIMEOUT_MS,
    sampleRate: 0,
    messageTimeoutMs: settings.messageTimeoutMs,
    negotiates: false,
  }
}

/** Reads the JSON of IDENTIFY; throws E_BAD_BODY for what nsqd refuses. */
export function readIdentity(body: Buffer, settings: Settings): Identity {
  const given = new Fields(parse(body))
  return {
    clientId: given.text('client_id') || given.text('short_id'),
    hostname: given.text('hostname') || given.text('long_id'),
    userAgent: given.text('user_agent'),
    heartbeatIntervalMs: given.number('heartbeat_interval', 'heartbeat interval', {
      absent: settings.heartbeatIntervalMs,
      none: 0,
      least: 1000,
      most: settings.maxHeartbeatIntervalMs,
    }),
    outputBufferTimeoutMs: given.number('output_buffer_timeout', 'output buffer timeout', {
      absent: OUTPUT_BUFFER_TIMEOUT_MS,
      none: 0,
      least: MIN_OUTPUT_BUFFER_TIMEOUT_MS,
      most: MAX_OUTPUT_BUFFER_TIMEOUT_MS,
    }),
    outputBufferBytes: given.number('output_buffer_size', 'output buffer size', {
      absent: OUTPUT_BUFFER_BYTES,
      none: 1,
      least: 64,
      most: MAX_OUTPUT_BUFFER_BYTES,
    }),
    sampleRate: given.number('sample_rate', 'sample rate', { absent: 0, least: 0, most: 99 }),
    messageTimeoutMs: given.number('msg_timeout', 'msg timeout', {
      absent: settings.messageTimeoutMs,
      least: 1000,
      most: settings.maxMessageTimeoutMs,
    }),
    negotiates: given.flag('feature_negotiation'),
  }
}

/** The answer to a client that negotiates: what it may count on. This broker neither encrypts nor compresses. */
export function negotiation(identity: Identity, settings: Settings): string {
  return JSON.stringify({
    max_rdy_count: settings.maxReadyCount,
    version: VERSION,
    max_msg_timeout: settings.maxMessageTimeoutMs,
    msg_timeout: identity.messageTimeoutMs,
    tls_v1: false,
    deflate: false,
    deflate_level: DEFLATE_LEVEL,
    max_deflate_level: DEFLATE_LEVEL,
    snappy: false,
    sample_rate: identity.sampleRate,
    auth_required: false,
    output_buffer_size: identity.outputBufferBytes,
    output_buffer_timeout: identity.outputBufferTimeoutMs,
  })
}

interface Range {
  /** For a field that is missing, null or 0. */
  absent: number
  /** For −1, where that means "none". */
  none?: number
  least: number
  most: number
}

class Fields {
  readonly #values: Record<string, unknown>

  constructor(values: Record<string, unknown>) {
    this.#values = values
  }

  text(name: string): string {
    const value = this.#values[name] ?? ''
    if (typeof value !== 'string') throw undecodable()
    return value
  }

  flag(name: string): boolean {
    const value = this.#values[name] ?? false
    if (typeof value !== 'boolean') throw undecodable()
    return value
  }

  number(name: string, title: string, range: Range): number {
    const value = this.#values[name] ?? 0
    if (!Number.isInteger(value)) throw undecodable()
    const number = value as number
    if (number === 0) return range.absent
    if (number === -1 && range.none !== undefined) return range.none
    if (number >= range.least && number <= range.most) return number
    throw new ProtocolError('E_BAD_BODY', `IDENTIFY ${title} (${number}) is invalid`)
  }
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (value === null) return {}
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (error) {
    throw undecodable(error)
  }
  throw undecodable()
}

function undecodable(cause?: unknown): ProtocolError {
  return new ProtocolError('E_BAD_BODY', 'IDENTIFY failed to decode JSON body', { cause })
}
