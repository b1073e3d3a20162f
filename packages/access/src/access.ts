import { counter, EnvironmentError, FollowedFiles, gauge, type Log } from '@livepods/service'
import { AccessRefusedError, REASONS } from './access-refused-error.ts'
import { Failures } from './failures.ts'
import { mayDo, type Role } from './role.ts'
import { openSession, sealSession } from './session.ts'
import { type Entry, TokenList } from './token-list.ts'

/** Who does something. */
export interface Actor {
  name: string
  role: Role
}

export interface Credentials {
  token?: string | undefined
  /** What `session` returned for a token. */
  session?: string | undefined
  /** Network address of the client. */
  client: string
}

interface Config {
  HOST: string
  ACCESS_TOKENS_FILE?: string | undefined
}

/** The actor of every request where no tokens are set. */
export const ANYBODY: Actor = { name: 'anybody', role: 'manage' }

const refusals = counter({
  name: 'access_refused_total',
  help: 'Requests that were refused, by what was wrong with their token.',
  labels: ['reason'],
  values: REASONS,
})
const broken = gauge({
  name: 'access_tokens_broken',
  help: '1 while the token file cannot be used and the former tokens stay valid.',
})

/** Who may call the listeners of this process, and what for. */
export class Access implements AsyncDisposable {
  readonly #failures = new Failures()
  readonly #file: FollowedFiles | undefined
  readonly #tokens: () => TokenList | undefined

  /**
   * Reads ACCESS_TOKENS_FILE and follows it; without one everybody may do everything, and a warning says so when others than this machine
   * can reach HOST. Throws EnvironmentError, naming file and line.
   */
  static async open({ HOST, ACCESS_TOKENS_FILE: path }: Config, log: Log, { everyMs = 1000 } = {}): Promise<Access> {
    if (path === undefined) {
      if (!isLoopback(HOST))
        log.warn({ HOST }, 'everybody who reaches this address may do everything: set ACCESS_TOKENS_FILE')
      return new Access(() => undefined)
    }
    let tokens: TokenList | undefined
    const take = (text: string) => {
      const isFirst = tokens === undefined
      tokens = TokenList.parse(text)
      broken.set(0)
      if (!isFirst) log.info({ tokens: tokens.size }, 'access tokens changed')
    }
    const onFault = ({ message }: Error) => {
      broken.set(1)
      log.error({ file: path, fault: message }, 'access tokens cannot be reloaded; the former ones stay valid')
    }
    const file = await FollowedFiles.open([path], { take, onFault, everyMs }).catch((error: Error) => {
      throw new EnvironmentError([`ACCESS_TOKENS_FILE ${path}: ${error.message}`])
    })
    return new Access(() => tokens, file)
  }

  private constructor(tokens: () => TokenList | undefined, file?: FollowedFiles) {
    this.#tokens = tokens
    this.#file = file
  }

  /** Whether tokens are set. */
  get required(): boolean {
    return this.#file !== undefined
  }

  /** The actor of a request. Throws AccessRefusedError when these credentials lack the role. */
  enter(credentials: Credentials, needed: Role): Actor {
    const tokens = this.#tokens()
    if (!tokens) return ANYBODY
    try {
      const entry = this.#find(tokens, credentials, needed)
      if (!mayDo(entry.role, needed)) throw new AccessRefusedError('role', { needed })
      return entry
    } catch (error) {
      if (error instanceof AccessRefusedError) refusals.inc({ reason: error.reason })
      throw error
    }
  }

  /** The actor with this token, and the session cookie for their browser; '' where no tokens are set. Throws AccessRefusedError. */
  signIn(token: string, client: string): { actor: Actor; session: string } {
    const actor = this.enter({ token, client }, 'read')
    return { actor, session: actor === ANYBODY ? '' : sealSession(actor as Entry) }
  }

  #find(tokens: TokenList, { token, session, client }: Credentials, needed: Role): Entry {
    if (token === undefined) {
      // Not counted as a failure: a session cannot be guessed, and an expired one comes with every request of a page.
      const entry = session === undefined ? undefined : openSession(session, tokens)
      if (!entry) throw new AccessRefusedError('missing', { needed })
      return entry
    }
    const entry = tokens.find(token)
    const retryAfter = this.#failures.waitSeconds(client)
    if (retryAfter > 0 && !(entry && this.#failures.isProven(client, entry.id)))
      throw new AccessRefusedError('limited', { needed, retryAfter })
    if (!entry) {
      this.#failures.add(client)
      throw new AccessRefusedError('unknown', { needed })
    }
    this.#failures.prove(client, entry.id)
    return entry
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]()
  }
}

/** Whether nobody but this machine reaches the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
