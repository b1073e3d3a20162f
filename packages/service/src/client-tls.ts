import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { EnvironmentError } from './environment.ts'

/** What a variable names the file of: authorities in place of the well-known ones, our certificate, its key. */
type Part = 'ca' | 'cert' | 'key'

type Texts = { readonly [part in Part]?: string }

/** Files are looked at again before a connection, but not more often than this. */
const LOOK_AGAIN_MS = 1000

/**
 * The TLS files (PEM) of a client, which are read again for later connections: certificates are renewed while a process runs. A client has
 * nothing to close, since it only reads when it connects.
 */
export class ClientTls {
  readonly #files: readonly { part: Part; path: string }[]
  readonly #names: string
  #texts: Texts
  #lookedAt = performance.now()
  #fault = ''

  /**
   * @param config the environment
   * @param variables what names the files in it; those that are not set are left out
   * Throws EnvironmentError, naming the variables, for files that cannot be used, and a certificate without its key.
   */
  constructor(config: object, variables: { readonly [part in Part]?: string }) {
    const set = Object.entries(variables).flatMap(([part, variable]) => {
      const path = (config as Record<string, unknown>)[variable]
      return typeof path === 'string' ? [{ part: part as Part, path, variable }] : []
    })
    this.#files = set
    this.#names = set.map(({ variable }) => variable).join(', ')
    if (set.some(({ part }) => part === 'cert') !== set.some(({ part }) => part === 'key'))
      throw new EnvironmentError([`${variables.cert} and ${variables.key} go together: one of them is not set.`])
    try {
      this.#texts = this.#read()
    } catch (error) {
      throw new EnvironmentError([`${this.#names} cannot be used: ${(error as Error).message}.`])
    }
  }

  /** For the next connection. Files that became unusable leave the former ones in use, with one warning of the process. */
  get options(): Texts {
    const now = performance.now()
    if (now - this.#lookedAt < LOOK_AGAIN_MS) return this.#texts
    this.#lookedAt = now
    try {
      this.#texts = this.#read()
      this.#fault = ''
    } catch (error) {
      const fault = `${this.#names} cannot be used; the former files stay in use: ${(error as Error).message}`
      if (fault !== this.#fault) process.emitWarning(fault)
      this.#fault = fault
    }
    return this.#texts
  }

  #read(): Texts {
    const texts = Object.fromEntries(this.#files.map(({ part, path }) => [part, readFileSync(path, 'utf8')])) as Texts
    if (texts.ca !== undefined && !texts.ca.includes('-----BEGIN CERTIFICATE-----'))
      // Node takes such a file for one without authorities.
      throw new Error('the file of authorities has no certificate')
    createSecureContext(texts)
    return texts
  }
}
