import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mayDo, ROLES, type Role, TokenList } from '@livepods/access'

/** ACCESS_… of the processes: all ask for the tokens of the file, and those that call others have one of them. */
export class ClientTokens {
  readonly #file: string
  readonly #folder: string
  readonly #tokens: ReadonlyMap<Role, string>

  /**
   * Chooses for each of the roles, and for clients that submit, the token with the least role that suffices. Throws a sentence when the file
   * has none.
   */
  static async prepare(file: string, folder: string, roles: Iterable<Role>): Promise<ClientTokens> {
    const text = await readFile(file, 'utf8')
    const list = parse(text, file)
    const words = text.split(/\s+/).filter((word) => list.find(word))
    const sorted = words
      .map((token) => ({ token, role: list.find(token)?.role ?? 'read' }))
      .sort((one, other) => ROLES.indexOf(one.role) - ROLES.indexOf(other.role))
    const tokens = new Map<Role, string>()
    await mkdir(folder, { recursive: true })
    for (const needed of new Set<Role>(['submit', ...roles])) {
      const found = sorted.find(({ role }) => mayDo(role, needed))
      if (!found)
        throw new Error(`${file} has no token with the role ${needed}, which the suite needs for itself. Add one.`)
      tokens.set(needed, found.token)
      await writeFile(join(folder, needed), found.token, { mode: 0o600 })
    }
    return new ClientTokens(file, folder, tokens)
  }

  private constructor(file: string, folder: string, tokens: ReadonlyMap<Role, string>) {
    this.#file = file
    this.#folder = folder
    this.#tokens = tokens
  }

  /** Of a process that calls others with a token of this role, or without one. */
  environmentOf(role: Role | undefined): Record<string, string> {
    return { ACCESS_TOKENS_FILE: this.#file, ...(role && { ACCESS_TOKEN_FILE: join(this.#folder, role) }) }
  }

  /** What a client sends who submits. */
  get submitHeaders(): { authorization: string } {
    return { authorization: `Bearer ${this.#tokens.get('submit')}` }
  }
}

function parse(text: string, file: string): TokenList {
  try {
    return TokenList.parse(text)
  } catch (error) {
    throw new Error(`ACCESS_TOKENS_FILE ${file}: ${(error as Error).message}`, { cause: error })
  }
}
