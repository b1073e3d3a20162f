import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContextOptions, type Server, type TlsOptions } from 'node:tls'
import { EnvironmentError, FollowedFiles, type Log } from '@livepods/service'

/** What a variable names the path of. */
type Part = 'cert' | 'key' | 'ca'

/** The variables of the environment, by what they name. */
export type TlsVariables = Readonly<Record<Part, string>>

export interface TlsFilesOptions {
  log: Log
  /** TLS_CERT_FILE, TLS_KEY_FILE and TLS_CA_FILE unless given. */
  variables?: TlsVariables
  everyMs?: number
}

type Config = Readonly<Record<string, unknown>>

const VARIABLES: TlsVariables = { cert: 'TLS_CERT_FILE', key: 'TLS_KEY_FILE', ca: 'TLS_CA_FILE' }

/** Certificate, key and authorities in files, which are read again when they change: certificates are renewed while a process runs. */
export class TlsFiles implements AsyncDisposable {
  readonly #files: FollowedFiles
  readonly #current: () => SecureContextOptions
  readonly #servers: Set<Pick<Server, 'setSecureContext'>>

  /** Undefined when none of the variables is set. Throws EnvironmentError, naming variables, also when there is no certificate. */
  static async ofServer(config: Config, options: TlsFilesOptions): Promise<TlsFiles | undefined> {
    return await TlsFiles.#open(config, options, { isServer: true })
  }

  /** Undefined when none of the variables is set. Throws EnvironmentError, naming variables. */
  static async ofClient(config: Config, options: TlsFilesOptions): Promise<TlsFiles | undefined> {
    return await TlsFiles.#open(config, options, { isServer: false })
  }

  static async #open(
    config: Config,
    { log, variables = VARIABLES, everyMs = 1000 }: TlsFilesOptions,
    { isServer }: { isServer: boolean },
  ): Promise<TlsFiles | undefined> {
    const set = (['cert', 'key', 'ca'] as const).flatMap((part) => {
      const path = config[variables[part]]
      return typeof path === 'string' ? [{ part, path }] : []
    })
    if (set.length === 0) return undefined
    const has = (wanted: Part) => set.some(({ part }) => part === wanted)
    if (has('cert') !== has('key') || (isServer && !has('cert')))
      throw new EnvironmentError([`TLS needs both ${variables.cert} and ${variables.key}.`])
    const servers = new Set<Pick<Server, 'setSecureContext'>>()
    let current: SecureContextOptions | undefined
    const take = (...texts: string[]) => {
      const read = Object.fromEntries(set.map(({ part }, index) => [part, texts[index]]))
      const next: SecureContextOptions = { ...read, minVersion: 'TLSv1.2' }
      check(next)
      if (current !== undefined) log.info({ ...expiryOf(next) }, 'TLS files changed')
      current = next
      for (const server of servers) server.setSecureContext(next)
    }
    const onFault = ({ message }: Error) =>
      log.error({ fault: message }, 'TLS files cannot be reloaded; the former ones stay in use')
    const paths = set.map(({ path }) => path)
    const files = await FollowedFiles.open(paths, { take, onFault, everyMs }).catch((error: Error) => {
      throw new EnvironmentError([`${set.map(({ part }) => variables[part]).join(', ')}: ${error.message}.`])
    })
    return new TlsFiles(files, () => current as SecureContextOptions, servers)
  }

  private constructor(
    files: FollowedFiles,
    current: () => SecureContextOptions,
    servers: Set<Pick<Server, 'setSecureContext'>>,
  ) {
    this.#files = files
    this.#current = current
    this.#servers = servers
  }

  /** Of a client's next connection. */
  get options(): SecureContextOptions {
    return this.#current()
  }

  /** Of a server; with authorities its clients need a certificate of one of them. */
  get serverOptions(): TlsOptions {
    const { ca } = this.options
    return { ...this.options, requestCert: ca !== undefined, rejectUnauthorized: ca !== undefined }
  }

  /** Later changes are those of this server, too: new connections get them, and those that are open go on. */
  follow(server: Pick<Server, 'setSecureContext'>): void {
    this.#servers.add(server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]()
  }
}

/** Throws when certificate and key do not belong together, or something is no PEM. */
function check(options: SecureContextOptions): void {
  createSecureContext(options)
  // Node takes authorities that it cannot read for none.
  if (options.ca !== undefined) new X509Certificate(options.ca as string)
}

function expiryOf({ cert }: SecureContextOptions): { validTo?: string } {
  return cert === undefined ? {} : { validTo: new X509Certificate(cert as string).validTo }
}
