/** One of the ways to sign in that a server offers (RFC 9110, 11.3). */
export interface Challenge {
  /** In small letters: basic, bearer. */
  scheme: string
  /** Names in small letters. */
  parameters: Record<string, string>
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y
const QUOTED = /"((?:[^"\\]|\\.)*)"/y
const SPACES = /[ \t]*/y
const COMMAS = /[ \t,]*/y
const MAX_LENGTH = 8192

/**
 * The challenges of a WWW-Authenticate field, several lines joined by commas. A comma may stand inside quotes, between parameters and
 * between challenges, so the text is read from left to right; what is unreadable ends it, and what was read before counts.
 */
export function parseChallenges(field: string): Challenge[] {
  const reader = new Reader(field.slice(0, MAX_LENGTH))
  const challenges: Challenge[] = []
  for (;;) {
    reader.take(COMMAS)
    const scheme = reader.take(TOKEN)
    if (!scheme) return challenges
    const challenge: Challenge = { scheme: scheme.toLowerCase(), parameters: {} }
    challenges.push(challenge)
    reader.take(SPACES)
    // Basic and Bearer have parameters; a token68 belongs to schemes that nobody here speaks.
    if (reader.take(TOKEN68)) continue
    readParameters(reader, challenge.parameters)
  }
}

/** Ends before a word that is no parameter: the scheme of the next challenge. */
function readParameters(reader: Reader, parameters: Record<string, string>): void {
  for (;;) {
    const start = reader.at
    reader.take(COMMAS)
    const key = reader.take(TOKEN)?.toLowerCase()
    reader.take(SPACES)
    if (!key || !reader.skip('=')) {
      reader.at = start
      return
    }
    reader.take(SPACES)
    const quoted = reader.take(QUOTED)
    const value = quoted === undefined ? reader.take(TOKEN) : quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1')
    if (value === undefined) return
    // The first one counts: a proxy may only add.
    if (!Object.hasOwn(parameters, key)) parameters[key] = value
  }
}

class Reader {
  at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** What matches here, behind which it goes on. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const [found] = pattern.exec(this.#text) ?? []
    this.at += found?.length ?? 0
    return found
  }

  skip(character: string): boolean {
    if (this.#text[this.at] !== character) return false
    this.at++
    return true
  }
}
