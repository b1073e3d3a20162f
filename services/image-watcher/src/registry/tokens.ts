import type { Challenge } from './challenge.ts'
import type { Credential } from './credentials.ts'
import { RegistryError } from './errors.ts'
import type { Answer, Question } from './exchange.ts'

/** What a token is for. */
export interface Access {
  /** The registry's host. */
  host: string
  repository: string
  credential?: Credential | undefined
  /** What is asked for: registries may want another scope for `tags` than for `manifests`, as Azure's does. */
  kind?: string | undefined
}

export type Ask = (question: Pick<Question, 'method' | 'url' | 'headers' | 'body' | 'maxBytes'>) => Promise<Answer>

interface Held {
  /** Value of the Authorization field. */
  header: string
  untilMs: number
}

const MAX_BYTES = 64 * 1024
const MAX_HELD = 1000
/** The least that a token is valid for, and what it is where nothing is said: the specification of the token service. */
const SECONDS = 60
/** Of the time of a token so much is used: the request has to arrive. */
const SHARE = 0.9

/** Signs in at registries: what was answered is kept per host, repository, identity and scope until it expires. */
export class Tokens {
  readonly #held = new Map<string, Held>()
  /** By access, under which key its token is: which scope it needs is known since the first challenge. */
  readonly #keys = new Map<string, string>()
  readonly #pending = new Map<string, Promise<string>>()
  readonly #now: () => number

  /** @param now milliseconds of a clock that does not jump. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** The Authorization field to send, where one is known. */
  headerFor(access: Access): string | undefined {
    const held = this.#held.get(this.#keys.get(keyOf(access)) ?? '')
    return held && held.untilMs > this.#now() ? held.header : undefined
  }

  /**
   * Answers the challenges of a 401. Asked at the same time for the same, it signs in once. Rejects with RegistryError.
   * @param refused the field that the registry did not accept.
   */
  async answer(access: Access, challenges: Challenge[], ask: Ask, refused?: string): Promise<string> {
    const scope = challenges.find(({ parameters }) => parameters.scope !== undefined)?.parameters.scope ?? ''
    const key = keyOf({ ...access, kind: scope })
    keep(this.#keys, keyOf(access), key)
    const held = this.headerFor(access)
    if (held !== undefined && held !== refused) return held
    this.#held.delete(key)
    const signingIn = this.#pending.get(key) ?? this.#signIn(key, access, challenges, ask)
    this.#pending.set(key, signingIn)
    try {
      return await signingIn
    } finally {
      this.#pending.delete(key)
    }
  }

  async #signIn(key: string, access: Access, challenges: Challenge[], ask: Ask): Promise<string> {
    const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm)
    if (!bearer) {
      const { host, credential } = access
      if (!challenges.some(({ scheme }) => scheme === 'basic'))
        throw new RegistryError('INVALID', `${host} asks for a way to sign in that is not known.`)
      if (!credential) throw new RegistryError('DENIED', `${host} asks for a password, and there is none for it.`)
      return this.#keep(key, basic(credential), Number.POSITIVE_INFINITY)
    }
    const { token, seconds } = await fetchToken(access, bearer.parameters, ask)
    return this.#keep(key, `Bearer ${token}`, this.#now() + Math.max(seconds, SECONDS) * SHARE * 1000)
  }

  #keep(key: string, header: string, untilMs: number): string {
    keep(this.#held, key, { header, untilMs })
    return header
  }
}

/** The oldest goes first. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  for (const old of map.keys()) if (map.size >= MAX_HELD) map.delete(old)
  map.set(key, value)
}

function keyOf({ host, repository, credential, kind }: Access): string {
  return JSON.stringify([host, repository, kind, credential?.username, credential?.password, credential?.identityToken])
}

async function fetchToken(access: Access, parameters: Record<string, string>, ask: Ask) {
  const { realm = '', service, scope = `repository:${access.repository}:pull` } = parameters
  if (!URL.canParse(realm)) throw new RegistryError('INVALID', `${access.host} has its tokens at no URL.`)
  const { status, body } = await ask(tokenQuestion(new URL(realm), { service, scope }, access.credential))
  if (status === 400 || status === 401 || status === 403)
    throw new RegistryError(
      'DENIED',
      access.credential ? `${access.host} does not accept the credentials.` : `${access.host} wants credentials.`,
    )
  if (status !== 200) throw new RegistryError('UNAVAILABLE', `The token service of ${access.host} answered ${status}.`)
  return parseToken(access.host, body)
}

function tokenQuestion(realm: URL, wanted: { service: string | undefined; scope: string }, credential?: Credential) {
  const parameters = new URLSearchParams({ ...(wanted.service !== undefined && { service: wanted.service }) })
  // Several scopes are separated by spaces, and each is a parameter of its own.
  for (const scope of wanted.scope.split(' ')) parameters.append('scope', scope)
  if (credential?.identityToken) {
    parameters.set('scope', wanted.scope)
    parameters.set('grant_type', 'refresh_token')
    parameters.set('client_id', 'livepods-image-watcher')
    parameters.set('refresh_token', credential.identityToken)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return { method: 'POST', url: realm, headers, body: `${parameters}`, maxBytes: MAX_BYTES } as const
  }
  if (credential) parameters.set('account', credential.username)
  const url = new URL(realm)
  for (const [name, value] of parameters) url.searchParams.append(name, value)
  const headers = { ...(credential && { authorization: basic(credential) }) }
  return { method: 'GET', url, headers, maxBytes: MAX_BYTES } as const
}

function parseToken(host: string, body: Buffer): { token: string; seconds: number } {
  const { token, access_token, expires_in } = jsonOf(body)
  const value = typeof token === 'string' ? token : access_token
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
    throw new RegistryError('INVALID', `The token service of ${host} answered no token.`)
  return { token: value, seconds: typeof expires_in === 'number' ? expires_in : SECONDS }
}

function jsonOf(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function basic({ username, password }: Credential): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
