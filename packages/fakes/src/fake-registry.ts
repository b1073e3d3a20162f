import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers a request itself, or leaves it to the registry by returning false. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean

const TYPE = 'application/vnd.oci.image.index.v1+json'

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
    const digest = `sha256:${hash('sha256', manifest, 'hex')}`
    this.#manifests.set(`${repository}:${tag}`, manifest)
    this.#byDigest.set(digest, manifest)
    return digest
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
    const [, repository = '', rest = ''] = /^\/v2\/(.+)\/(manifests\/.+|tags\/list)$/.exec(pathname) ?? []
    if (this.#needsToken && !/^Bearer token-/.test(headers.authorization ?? '')) {
      const scope = `repository:${repository}:pull`
      response.setHeader('www-authenticate', `Bearer realm="${this.url}/token",service="fake",scope="${scope}"`)
      return send(response, 401, { errors: [{ code: 'UNAUTHORIZED' }] })
    }
    if (rest === 'tags/list') return this.#tags(repository, searchParams, response)
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

  #manifest(repository: string, name: string, { method, headers }: IncomingMessage, response: ServerResponse): unknown {
    const manifest = this.#byDigest.get(name) ?? this.#manifests.get(`${repository}:${name}`)
    // As Debian's: an OCI tag is not there for who does not accept it.
    if (manifest === undefined || !headers.accept?.includes(TYPE))
      return send(response, 404, { errors: [{ code: 'MANIFEST_UNKNOWN' }] })
    const digest = `sha256:${hash('sha256', manifest, 'hex')}`
    if (headers['if-none-match'] === `"${digest}"`) return response.writeHead(304).end()
    response.writeHead(200, {
      'content-type': TYPE,
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

function send(response: ServerResponse, status: number, body: unknown): ServerResponse {
  return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
