import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers a request itself, or leaves it to the registry by returning false. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean

const TYPE = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

export interface Attachment {
  tag?: string
  artifactType?: string
  subject?: string
  layers: { mediaType: string; content: string; annotations?: Record<string, string> }[]
}

export interface FakeRegistryOptions {
  /** Who may read; absent: everybody, without a token. */
  user?: { username: string; password: string }
  /** Everybody gets a token, but nobody gets in without one. */
  anonymousTokens?: boolean
}

/** A registry over HTTP that does what it is told, to try faults of registries; it has its token service with it. */
export class FakeRegistry implements AsyncDisposable {
  readonly requests: { method: string; url: string; authorization: string | undefined; accept: string | undefined }[] =
    []
  fault: Fault = () => false
  /** A page of tags has so many. */
  pageSize = 1000
  tokenSeconds = 300
  readonly #manifests = new Map<string, string>()
  readonly #byDigest = new Map<string, string>()
  readonly #types = new Map<string, string>()
  readonly #blobs = new Map<string, string>()
  readonly #subjects = new Map<string, string[]>()
  /** Whether it has the API of referrers (OCI distribution specification 1.1). */
  hasReferrers = true
  readonly #options: FakeRegistryOptions
  readonly #server = createServer((request, response) => this.#answer(request, response))
  #tokens = 0

  static async start(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
    const registry = new FakeRegistry(options)
    registry.#server.listen(0, '127.0.0.1')
    await once(registry.#server, 'listening')
    return registry
  }

  constructor(options: FakeRegistryOptions) {
    this.#options = options
  }

  /** host:port */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get url(): string {
    return `http://${this.host}`
  }

  /** Gives a tag a manifest of this content, and returns its digest. */
  push(repository: string, tag: string, content: string): string {
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: TYPE, annotations: { content } })
    this.#manifests.set(`${repository}:${tag}`, manifest)
    return this.#keep(manifest, TYPE)
  }

  /**
   * Gives a tag a manifest of layers with this content; without a tag it is known by its digest alone, which is returned. With a subject
   * it is one of the referrers of that digest.
   */
  attach(repository: string, { tag, artifactType, subject, layers }: Attachment): string {
    const described = layers.map(({ content, ...layer }) => {
      const digest = digestOf(content)
      this.#blobs.set(`${repository}@${digest}`, content)
      return { ...layer, digest, size: Buffer.byteLength(content) }
    })
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      artifactType,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2 },
      layers: described,
      ...(subject && { subject: { mediaType: TYPE, digest: subject, size: 0 } }),
    })
    const digest = this.#keep(manifest, MANIFEST)
    if (tag !== undefined) this.#manifests.set(`${repository}:${tag}`, manifest)
    if (subject) this.#subjects.set(subject, [...(this.#subjects.get(subject) ?? []), digest])
    return digest
  }

  /** Gives a tag an index of what refers to a digest, as clients do where there is no API for it. */
  tagReferrers(repository: string, subject: string): void {
    const index = this.#referrersOf(subject)
    this.#keep(index, TYPE)
    this.#manifests.set(`${repository}:${subject.replace(':', '-')}`, index)
  }

  #keep(manifest: string, type: string): string {
    const digest = digestOf(manifest)
    this.#byDigest.set(digest, manifest)
    this.#types.set(digest, type)
    return digest
  }

  #referrersOf(subject: string): string {
    const manifests = (this.#subjects.get(subject) ?? []).map((digest) => {
      const { artifactType } = JSON.parse(this.#byDigest.get(digest) ?? '{}') as { artifactType?: string }
      return { mediaType: MANIFEST, digest, artifactType, size: 0 }
    })
    return JSON.stringify({ schemaVersion: 2, mediaType: TYPE, manifests })
  }

  remove(repository: string, tag: string): void {
    this.#manifests.delete(`${repository}:${tag}`)
  }

  asked(pattern: RegExp, method?: string): number {
    return this.requests.filter((one) => pattern.test(one.url) && (method === undefined || one.method === method))
      .length
  }

  #answer(request: IncomingMessage, response: ServerResponse): unknown {
    const { method = '', url = '', headers } = request
    this.requests.push({ method, url, authorization: headers.authorization, accept: headers.accept })
    if (this.fault(request, response)) return
    const { pathname, searchParams } = new URL(url, this.url)
    if (pathname === '/token') return this.#token(request, response)
    const [, repository = '', rest = ''] =
      /^\/v2\/(.+)\/(manifests\/.+|tags\/list|blobs\/.+|referrers\/.+)$/.exec(pathname) ?? []
    if (this.#needsToken && !/^Bearer token-/.test(headers.authorization ?? '')) {
      const scope = `repository:${repository}:pull`
      response.setHeader('www-authenticate', `Bearer realm="${this.url}/token",service="fake",scope="${scope}"`)
      return send(response, 401, { errors: [{ code: 'UNAUTHORIZED' }] })
    }
    if (rest === 'tags/list') return this.#tags(repository, searchParams, response)
    if (rest.startsWith('blobs/')) return this.#blob(`${repository}@${rest.slice(6)}`, response)
    if (rest.startsWith('referrers/'))
      return this.hasReferrers
        ? response.writeHead(200, { 'content-type': TYPE }).end(this.#referrersOf(rest.slice(10)))
        : send(response, 404, { errors: [{ code: 'NOT_FOUND' }] })
    return this.#manifest(repository, rest.replace('manifests/', ''), request, response)
  }

  get #needsToken(): boolean {
    return this.#options.user !== undefined || this.#options.anonymousTokens === true
  }

  #token({ headers }: IncomingMessage, response: ServerResponse): unknown {
    const { user } = this.#options
    const wanted = user && `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`
    if (wanted !== undefined && headers.authorization !== wanted) return send(response, 401, { details: 'who?' })
    return send(response, 200, { token: `token-${++this.#tokens}`, expires_in: this.tokenSeconds })
  }

  #tags(repository: string, parameters: URLSearchParams, response: ServerResponse): unknown {
    const prefix = `${repository}:`
    const tags = [...this.#manifests.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length))
    const from = tags.indexOf(parameters.get('last') ?? '') + 1
    const page = tags.slice(from, from + this.pageSize)
    if (from + page.length < tags.length)
      response.setHeader('link', `</v2/${repository}/tags/list?last=${page.at(-1)}&n=${this.pageSize}>; rel="next"`)
    return send(response, 200, { name: repository, tags: page })
  }

  #blob(key: string, response: ServerResponse): unknown {
    const content = this.#blobs.get(key)
    if (content === undefined) return send(response, 404, { errors: [{ code: 'BLOB_UNKNOWN' }] })
    return response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(content)
  }

  #manifest(repository: string, name: string, { method, headers }: IncomingMessage, response: ServerResponse): unknown {
    const manifest = this.#byDigest.get(name) ?? this.#manifests.get(`${repository}:${name}`)
    // As Debian's: an OCI tag is not there for who does not accept it.
    const digest = digestOf(manifest ?? '')
    const type = this.#types.get(digest) ?? TYPE
    if (manifest === undefined || !headers.accept?.includes(type))
      return send(response, 404, { errors: [{ code: 'MANIFEST_UNKNOWN' }] })
    if (headers['if-none-match'] === `"${digest}"`) return response.writeHead(304).end()
    response.writeHead(200, {
      'content-type': type,
      'content-length': Buffer.byteLength(manifest),
      'docker-content-digest': digest,
      etag: `"${digest}"`,
    })
    return response.end(method === 'HEAD' ? undefined : manifest)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}

function digestOf(content: string): string {
  return `sha256:${hash('sha256', content, 'hex')}`
}

function send(response: ServerResponse, status: number, body: unknown): ServerResponse {
  return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
