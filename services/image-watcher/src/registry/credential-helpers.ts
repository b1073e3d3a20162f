import { execFile } from 'node:child_process'
import type { Log } from '@livepods/service'
import { fields } from '../fields.ts'
import type { Credential } from './credentials.ts'
import { RegistryError } from './errors.ts'
import { hostNamed, type Reference } from './reference.ts'

export interface CredentialHelpersOptions {
  /** The text of a config.json. */
  config: string
  /** Those that may be run: `ecr-login` is the program docker-credential-ecr-login. Absent: all that the config names. */
  allowed?: readonly string[] | undefined
  log?: Log
}

const NAME = /^[a-z0-9][a-z0-9-]*$/
const ANSWER_WITHIN_MS = 10_000
const MAX_BYTES = 64 * 1024
const KEPT_MS = 300_000
/** What a program says instead of credentials that it does not have. */
const NOTHING = /credentials not found/i

/** Programs that know credentials of registries, as `credHelpers` and `credsStore` of a config.json name them. */
export class CredentialHelpers {
  readonly #programs: ReadonlyMap<string, string>
  readonly #store: string | undefined
  readonly #kept = new Map<string, { value: Promise<Credential | undefined>; untilMs: number }>()

  constructor({ config, allowed, log }: CredentialHelpersOptions) {
    const { credHelpers, credsStore } = fields(config)
    const take = (name: unknown): string[] => {
      if (typeof name !== 'string' || name === '') return []
      if (NAME.test(name) && (allowed?.includes(name) ?? true)) return [name]
      log?.warn({ helper: name }, 'credential helper is none that may be run: CREDENTIAL_HELPERS names those')
      return []
    }
    const programs = Object.entries(fields(credHelpers)).flatMap(([host, name]) =>
      take(name).map((program) => [hostNamed(host.replace(/^https?:\/\//, '').replace(/\/.*$/, '')), program] as const),
    )
    this.#programs = new Map(programs)
    this.#store = take(credsStore)[0]
  }

  /** Undefined: no program is for this registry, or none has credentials for it. Rejects with RegistryError DENIED when one fails. */
  async find({ host }: Pick<Reference, 'host'>): Promise<Credential | undefined> {
    const program = this.#programs.get(host) ?? this.#store
    if (program === undefined) return undefined
    const kept = this.#kept.get(host)
    if (kept && kept.untilMs > performance.now()) return await kept.value
    const value = ask(program, host)
    this.#kept.set(host, { value, untilMs: performance.now() + KEPT_MS })
    value.catch(() => this.#kept.delete(host))
    return await value
  }
}

/** https://github.com/docker/docker-credential-helpers: the server's address goes in, and JSON comes out. */
async function ask(name: string, host: string): Promise<Credential | undefined> {
  const program = `docker-credential-${name}`
  const { promise, resolve } = Promise.withResolvers<{ error: Error | null; text: string }>()
  const options = { timeout: ANSWER_WITHIN_MS, maxBuffer: MAX_BYTES }
  const child = execFile(program, ['get'], options, (error, text) => resolve({ error, text }))
  // One that ends without reading is judged by how it ended.
  child.stdin?.on('error', () => {})
  // Docker Hub's credentials are kept under the address that `docker login` has always used.
  child.stdin?.end(host === 'docker.io' ? 'https://index.docker.io/v1/' : host)
  const { error, text } = await promise
  if (error && NOTHING.test(text)) return undefined
  const { Username: username, Secret: password } = fields(text)
  if (error || typeof username !== 'string' || typeof password !== 'string')
    throw new RegistryError('DENIED', `${program} tells no credentials for ${host}.`, { cause: error ?? undefined })
  return username === '<token>' ? { username: '', password: '', identityToken: password } : { username, password }
}
