import { createHash, timingSafeEqual } from 'node:crypto'
import { AccessRefusedError, Failures, type Role } from '@livepods/access'
import type { Config } from './config.ts'
import type { Protocol } from './hub/protocol.ts'
import type { StreamRequest } from './hub/request.ts'
import { StreamRefusedError } from './hub/stream-refused-error.ts'

type Use = 'publish' | 'rtmp' | 'flv' | 'hls'
type Algorithm = 'simple' | 'md5'

export type StreamTokensConfig = Pick<
  Config,
  'STREAM_TOKENS' | 'STREAM_TOKEN_KEY' | 'STREAM_PASSWORD' | 'STREAM_PUBLISH_PASSWORD'
>

const USES: Record<Protocol, Use> = { rtmp: 'rtmp', 'http-flv': 'flv', 'websocket-flv': 'flv', cmaf: 'hls' }

/** What xiu asks publishers and viewers for in `token=`: a password, or the MD5 of a key and the name of the stream. */
export class StreamTokens {
  readonly #rules: Map<Use, Algorithm>
  readonly #config: StreamTokensConfig
  readonly #failures = new Failures()

  constructor(config: StreamTokensConfig) {
    this.#config = config
    this.#rules = rulesOf(config.STREAM_TOKENS)
  }

  /** Whether anybody is asked for one. */
  get required(): boolean {
    return this.#rules.size > 0
  }

  /**
   * Whether the token of a request is the right one; undefined: none is asked for.
   * Throws StreamRefusedError when too many wrong ones came from its client.
   */
  judge(
    { name, protocol, token, client }: StreamRequest,
    role: Role,
  ): { algorithm: Algorithm; isRight: boolean } | undefined {
    const use = role === 'submit' ? 'publish' : USES[protocol]
    const algorithm = this.#rules.get(use)
    if (algorithm === undefined) return undefined
    const isRight = token !== undefined && isSame(token, this.#expected(algorithm, use, name ?? ''))
    const retryAfter = token === undefined ? 0 : this.#failures.waitSeconds(client)
    if (retryAfter > 0 && !(isRight && this.#failures.isProven(client, use))) {
      const cause = new AccessRefusedError('limited', { needed: role, retryAfter })
      throw new StreamRefusedError('UNAUTHORIZED', cause.message, { cause })
    }
    if (isRight) this.#failures.prove(client, use)
    return { algorithm, isRight }
  }

  /** A request with a wrong token was refused. */
  countWrong({ client, token }: StreamRequest): void {
    if (token !== undefined) this.#failures.add(client)
  }

  #expected(algorithm: Algorithm, use: Use, name: string): string {
    const { STREAM_TOKEN_KEY: key = '', STREAM_PASSWORD: password = '', STREAM_PUBLISH_PASSWORD } = this.#config
    if (algorithm === 'simple') return use === 'publish' ? (STREAM_PUBLISH_PASSWORD ?? password) : password
    const streamName = name.slice(name.lastIndexOf('/') + 1)
    return createHash('md5').update(`${key}${streamName}`).digest('hex')
  }
}

/** What STREAM_TOKENS needs and is not there. */
export function streamTokenFaults(config: StreamTokensConfig): string[] {
  const { STREAM_TOKEN_KEY, STREAM_PASSWORD, STREAM_PUBLISH_PASSWORD } = config
  return [...rulesOf(config.STREAM_TOKENS)].flatMap(([use, algorithm]) => {
    const rule = `STREAM_TOKENS has ${use}=${algorithm}, and`
    if (algorithm === 'md5') return STREAM_TOKEN_KEY ? [] : [`${rule} STREAM_TOKEN_KEY (authsecret.key) is not set.`]
    if (STREAM_PASSWORD || (use === 'publish' && STREAM_PUBLISH_PASSWORD)) return []
    return [`${rule} STREAM_PASSWORD (authsecret.password) is not set.`]
  })
}

function rulesOf(text = ''): Map<Use, Algorithm> {
  const rules = text.split(',').filter(Boolean)
  return new Map(rules.map((rule) => rule.split('=') as [Use, Algorithm]))
}

/** Takes the same time however much of it is right. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
