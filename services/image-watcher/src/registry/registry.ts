import type { Signature } from '../policy/signature.ts'
import { Budget } from './budget.ts'
import { parseChallenges } from './challenge.ts'
import type { Credential } from './credentials.ts'
import { RegistryError } from './errors.ts'
import { type Answer, Exchange, type Question } from './exchange.ts'
import { type Endpoint, Hosts } from './hosts.ts'
import { confirmDigest, MEDIA_TYPES, readTag, type TagState } from './manifests.ts'
import type { Reference } from './reference.ts'
import { signaturesOf } from './signatures.ts'
import { listTags } from './tags.ts'
import { Tokens } from './tokens.ts'

export interface RegistryOptions {
  hosts?: Hosts
  answerWithinMs?: number
  /** Told of every answer of a registry; token services are none. */
  onAnswer?: (host: string, method: string, status: number) => void
}

/** A repository, and who asks. */
export type Repository = Pick<Reference, 'host' | 'repository'> & { credential?: Credential | undefined }

/** The largest manifest that registries have to take (OCI distribution specification). */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024

/** What registries say of images (OCI distribution specification). All that rejects does so with RegistryError. */
export class Registry implements Disposable {
  readonly #hosts: Hosts
  readonly #exchange: Exchange
  readonly #tokens = new Tokens()
  readonly #budget = new Budget()
  readonly #onAnswer: RegistryOptions['onAnswer']

  constructor({ hosts = new Hosts(), answerWithinMs, onAnswer }: RegistryOptions = {}) {
    this.#hosts = hosts
    this.#exchange = new Exchange(answerWithinMs === undefined ? {} : { answerWithinMs })
    this.#onAnswer = onAnswer
  }

  /** One HEAD, and a GET only where the registry tells no digest. */
  async readTag(repository: Repository, tag: string, known?: TagState): Promise<TagState> {
    return await readTag((method, name, headers) => this.#manifest(repository, method, name, headers), tag, known)
  }

  /** Resolves when the manifest is there and has this digest. */
  async confirmDigest(repository: Repository, digest: string): Promise<void> {
    await confirmDigest((method, name, headers) => this.#manifest(repository, method, name, headers), digest)
  }

  async listTags(repository: Repository): Promise<string[]> {
    const endpoint = this.#hosts.endpointOf(repository.host)
    const first = new URL(`/v2/${repository.repository}/tags/list`, endpoint.url)
    return await listTags((url) => this.#ask(repository, endpoint, { method: 'GET', url }), first)
  }

  /** What says that a digest is signed, not verified yet. */
  signaturesOf(repository: Repository, digest: string): AsyncGenerator<Signature> {
    const endpoint = this.#hosts.endpointOf(repository.host)
    const read = async (path: string, headers: Record<string, string> = {}) => {
      const url = new URL(`/v2/${repository.repository}/${path}`, endpoint.url)
      return await this.#ask(repository, endpoint, { method: 'GET', url, headers })
    }
    const json = async (path: string, accept: readonly string[]) =>
      jsonOf(await read(path, { accept: accept.join(', ') }))
    return signaturesOf(
      {
        manifest: (name) => json(`manifests/${name}`, MEDIA_TYPES),
        referrers: (name) => json(`referrers/${name}`, MEDIA_TYPES.slice(0, 1)),
        blob: async (name) => (await read(`blobs/${name}`)).body,
      },
      digest,
    )
  }

  async #manifest(repository: Repository, method: 'GET' | 'HEAD', name: string, headers: Record<string, string>) {
    const endpoint = this.#hosts.endpointOf(repository.host)
    const url = new URL(`/v2/${repository.repository}/manifests/${name}`, endpoint.url)
    return await this.#ask(repository, endpoint, { method, url, headers })
  }

  /** @param isRedirected it was asked at the registry itself, which led here. */
  async #ask(
    repository: Repository,
    endpoint: Endpoint,
    question: Pick<Question, 'method' | 'url' | 'headers'>,
    isRedirected = false,
  ): Promise<Answer> {
    const { host } = repository
    const send = async (authorization: string | undefined) => {
      this.#budget.check(host)
      const headers = { ...question.headers, ...(authorization !== undefined && { authorization }) }
      const answer = await this.#exchange.ask(this.#bounded(endpoint, { ...question, headers }))
      this.#budget.note(host, answer.status, answer.headers)
      this.#onAnswer?.(host, question.method, answer.status)
      return answer
    }
    // manifests, tags, referrers or blobs
    const access = { ...repository, kind: question.url.pathname.split('/').at(-2) }
    const known = this.#tokens.headerFor(access)
    const first = await send(known)
    if (first.status !== 401) return checked(first, repository)
    if (first.url.origin !== question.url.origin) {
      // As lscr.io leads to ghcr.io. Who asks there for a token is not who the credentials are for.
      if (isRedirected) throw new RegistryError('INVALID', `${host} leads from one registry to another.`)
      const there = { host: first.url.host, repository: repository.repository }
      return await this.#ask(there, endpoint, { ...question, url: first.url }, true)
    }
    const challenges = parseChallenges(`${first.headers['www-authenticate'] ?? ''}`)
    const ask = async (wanted: Parameters<Parameters<Tokens['answer']>[2]>[0]) => {
      this.#budget.check(wanted.url.host)
      const answer = await this.#exchange.ask(this.#bounded(endpoint, wanted))
      this.#budget.note(wanted.url.host, answer.status, answer.headers)
      return answer
    }
    return checked(await send(await this.#tokens.answer(access, challenges, ask, known)), repository)
  }

  #bounded({ url, ca, allow }: Endpoint, question: Omit<Question, 'maxBytes' | 'isTrusted'> & { maxBytes?: number }) {
    return {
      maxBytes: MAX_MANIFEST_BYTES,
      ...question,
      ca,
      isTrusted: (host: string) => host === url.host || allow.includes(host),
    }
  }

  [Symbol.dispose](): void {
    this.#exchange[Symbol.dispose]()
  }
}

function jsonOf({ body, url }: Answer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new RegistryError('INVALID', `${url.host} answered no JSON.`, { cause })
  }
}

/** The answer, when it is one. */
function checked(answer: Answer, { host, repository }: Repository): Answer {
  const { status } = answer
  if (status === 200 || status === 304) return answer
  const image = `${host}/${repository}`
  if (status === 404) throw new RegistryError('MISSING', `${image} has no such tag, or is no repository.`)
  if (status === 401 || status === 403) throw new RegistryError('DENIED', `${image} may not be read.`)
  if (status === 429 || status === 503)
    throw new RegistryError('LIMITED', `${host} asks for fewer requests (${status}).`)
  if (status >= 500) throw new RegistryError('UNAVAILABLE', `${host} answered ${status}.`)
  throw new RegistryError('INVALID', `${host} answered ${status}.`)
}
