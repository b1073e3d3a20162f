import { CredentialHelpers, type CredentialHelpersOptions } from './credential-helpers.ts'
import { type Credential, Keyring } from './credentials.ts'
import type { Reference } from './reference.ts'

/** The credentials of a config.json of `docker login`: those in it, and those that its programs know. */
export class Logins {
  readonly #keyring: Keyring
  readonly #helpers: CredentialHelpers

  constructor(options: CredentialHelpersOptions) {
    this.#keyring = Keyring.ofConfig(options.config)
    this.#helpers = new CredentialHelpers(options)
  }

  /** Rejects with RegistryError DENIED when a program fails. */
  async find(reference: Pick<Reference, 'host' | 'repository'>): Promise<Credential | undefined> {
    return this.#keyring.find(reference) ?? (await this.#helpers.find(reference))
  }
}
