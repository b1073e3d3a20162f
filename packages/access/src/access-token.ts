import { EnvironmentError, FollowedFiles, type Log } from '@livepods/service'
import { TOKEN } from './token-list.ts'

/** The token that this process sends to others. */
export class AccessToken implements AsyncDisposable {
  readonly #file: FollowedFiles | undefined
  readonly #token: () => string | undefined

  /** Reads ACCESS_TOKEN_FILE and follows it; without one nothing is sent. Throws EnvironmentError. */
  static async open(
    { ACCESS_TOKEN_FILE: path }: { ACCESS_TOKEN_FILE?: string | undefined },
    log: Log,
    { everyMs = 1000 } = {},
  ): Promise<AccessToken> {
    let token: string | undefined
    if (path === undefined) return new AccessToken(() => token)
    const take = (text: string) => {
      if (!TOKEN.test(text.trim())) throw new Error('it must hold one token and nothing else.')
      token = text.trim()
    }
    const onFault = ({ message }: Error) =>
      log.error({ file: path, fault: message }, 'access token cannot be reloaded; the former one stays in use')
    const file = await FollowedFiles.open([path], { take, onFault, everyMs }).catch((error: Error) => {
      throw new EnvironmentError([`ACCESS_TOKEN_FILE ${path}: ${error.message}`])
    })
    return new AccessToken(() => token, file)
  }

  private constructor(token: () => string | undefined, file?: FollowedFiles) {
    this.#token = token
    this.#file = file
  }

  /** To send with each request, as it is at that moment. */
  get headers(): { authorization?: string } {
    const token = this.#token()
    return token === undefined ? {} : { authorization: `Bearer ${token}` }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]()
  }
}

/** The token of an `authorization` header. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
}
