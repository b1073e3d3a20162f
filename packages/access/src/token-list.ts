import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { ROLES, type Role } from './role.ts'

/** One line of a token file, without the token itself. */
export interface Entry {
  /** No secret: the beginning of a hash of the token. */
  id: string
  /** Who it is in logs: the third word of the line, or the id. */
  name: string
  role: Role
  digest: Buffer
  /** Signs the sessions of this token: they end when its line is gone. */
  sessionKey: Buffer
}

/** The characters of a Bearer token (RFC 6750), and long enough not to be a word. */
export const TOKEN = /^[\w.~+/-]{16,512}=*$/
const NAME = /^[\w.@-]{1,64}$/

/** An invalid line; the message gives its number and never its text, which may be a token. */
export class TokenListError extends Error {
  override readonly name = 'TokenListError'
  readonly code = 'BAD_TOKEN_LIST'
}

/** The lines `token role [name]` of a token file. */
export class TokenList {
  readonly #entries: Entry[]
  readonly #byId: Map<string, Entry>

  /** Empty lines and those that begin with # are skipped. Throws TokenListError. */
  static parse(text: string): TokenList {
    const tokens = new Map<string, Entry>()
    for (const [index, line] of text.split('\n').entries()) {
      const words = line.trim().split(/\s+/)
      if (line.trim() === '' || line.trim().startsWith('#')) continue
      const [token = '', role, name, ...rest] = words
      const fault = faultOf(token, role, name, rest) ?? (tokens.has(token) && 'the token stands on a line before')
      if (fault) throw new TokenListError(`line ${index + 1}: ${fault}.`)
      tokens.set(token, entryOf(token, role as Role, name))
    }
    if (tokens.size === 0) throw new TokenListError('it has no token: nobody could come in.')
    return new TokenList([...tokens.values()])
  }

  private constructor(entries: Entry[]) {
    this.#entries = entries
    this.#byId = new Map(entries.map((entry) => [entry.id, entry]))
  }

  get size(): number {
    return this.#entries.length
  }

  /** Compares with every token, also after a match: the time must not depend on it. */
  find(token: string): Entry | undefined {
    const digest = sha256(token)
    let found: Entry | undefined
    for (const entry of this.#entries) if (timingSafeEqual(entry.digest, digest)) found = entry
    return found
  }

  withId(id: string): Entry | undefined {
    return this.#byId.get(id)
  }
}

function faultOf(token: string, role: string | undefined, name: string | undefined, rest: string[]) {
  if (!TOKEN.test(token)) return 'the first word must be a token: 16 to 512 of A-Z a-z 0-9 . _ ~ + / -'
  if (!ROLES.some((one) => one === role)) return `the second word must be the role: ${ROLES.join(', ')}`
  if (name !== undefined && !NAME.test(name))
    return 'the third word, a name for logs, has up to 64 of A-Z a-z 0-9 . _ @ -'
  if (rest.length > 0) return 'it has more than token, role and name'
  return undefined
}

function entryOf(token: string, role: Role, name: string | undefined): Entry {
  const digest = sha256(token)
  const id = digest.toString('hex').slice(0, 12)
  const sessionKey = createHmac('sha256', token).update('livepods session').digest()
  return { id, name: name ?? `token-${id.slice(0, 8)}`, role, digest, sessionKey }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
