import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { pictureOf } from './picture.ts'

/** What may be wrong with a store: it answers 503, takes seconds, or gives every second photo wrong. */
export type StoreTrouble = 'away' | 'slow' | 'lies'

interface Stored {
  bytes: Buffer
  at: Date
}

interface Answer {
  code: number
  headers?: Record<string, string>
  body?: Buffer | string
}

const BUCKET = 'photos'
const PREFIX = 'chaos/'
const PAGE = 1000
/** Below the deadline of a call even where a picture takes two requests. */
const SLOW_MS = 1500
const HTML = { 'content-type': 'text/html' }

/**
 * An S3 server in this process, for a machine that has none: a bucket in memory, path style, any key is let in. It speaks what
 * `packages/images` asks for; the real ones are what that package is tested with.
 */
export class ObjectStore implements AsyncDisposable {
  trouble: StoreTrouble | undefined
  /** The known people are not there: neither listed nor found. */
  knownGone = false
  readonly #objects = new Map<string, Stored>()
  readonly #server: Server
  #lies = 0

  static async listen(): Promise<ObjectStore> {
    const store = new ObjectStore()
    store.#server.listen(0, '127.0.0.1')
    await once(store.#server, 'listening')
    return store
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      // Who asks may be killed in the middle.
      this.#answer(request, response).catch(() => response.destroy())
    })
  }

  /** For the services. */
  get environment(): Record<string, string> {
    return {
      IMAGE_STORE: `s3://${BUCKET}/${PREFIX}`,
      S3_ENDPOINT: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      S3_ACCESS_KEY_ID: 'chaos',
      S3_SECRET_ACCESS_KEY: 'chaos-secret',
    }
  }

  /** `key` as the services name it: unknown_people/… or known_people/… */
  put(key: string, bytes: Buffer): void {
    this.#objects.set(PREFIX + key, { bytes, at: new Date() })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://store')
    const [, bucket, ...rest] = pathname.split('/').map(decodeURIComponent)
    const key = rest.join('/')
    if (this.trouble === 'slow') await sleep(SLOW_MS)
    if (this.trouble === 'away') return end(request, response, { code: 503, headers: HTML, body: '<h1>503</h1>' })
    if (bucket !== BUCKET) return end(request, response, fault(404, 'NoSuchBucket'))
    if (this.#isLiedAbout(request, key)) return this.#lie(request, response, key)
    end(request, response, key === '' ? this.#ofBucket(request, searchParams) : this.#ofObject(request, key, chunks))
  }

  #ofBucket({ method }: IncomingMessage, query: URLSearchParams): Answer {
    if (method === 'HEAD') return { code: 200 }
    if (query.has('versioning')) return xml('<VersioningConfiguration/>')
    return query.get('list-type') === '2' ? this.#list(query) : fault(501, 'NotImplemented')
  }

  #ofObject({ method, headers }: IncomingMessage, key: string, chunks: Buffer[]): Answer {
    const found = this.#isThere(key) ? this.#objects.get(key) : undefined
    switch (method ?? '') {
      case 'GET':
      case 'HEAD':
        return found ? { code: 200, headers: headersOf(found), body: found.bytes } : fault(404, 'NoSuchKey')
      case 'PUT': {
        if (found && headers['if-none-match'] === '*') return fault(412, 'PreconditionFailed')
        const stored = { bytes: Buffer.concat(chunks), at: new Date() }
        this.#objects.set(key, stored)
        return { code: 200, headers: { etag: etagOf(stored.bytes) } }
      }
      case 'DELETE':
        this.#objects.delete(key)
        return { code: 204 }
      default:
        return fault(405, 'MethodNotAllowed')
    }
  }

  #list(query: URLSearchParams): Answer {
    const after = query.get('continuation-token') ?? ''
    const keys = [...this.#objects.keys()]
      .filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after && this.#isThere(key))
      .sort()
    const page = keys.slice(0, Math.min(PAGE, Number(query.get('max-keys') ?? PAGE)))
    const contents = page.map((key) => {
      const { bytes, at } = this.#objects.get(key) as Stored
      return `<Contents><Key>${key}</Key><LastModified>${at.toISOString()}</LastModified><ETag>${etagOf(bytes)}</ETag><Size>${bytes.length}</Size></Contents>`
    })
    const next = keys.length > page.length ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
    return xml(
      `<ListBucketResult><IsTruncated>${next !== ''}</IsTruncated>${contents.join('')}${next}</ListBucketResult>`,
    )
  }

  #isThere(key: string): boolean {
    return !this.knownGone || !key.startsWith(`${PREFIX}known_people/`)
  }

  /** Of a known person nobody could know it: their pictures have any name. */
  #isLiedAbout({ method }: IncomingMessage, key: string): boolean {
    if (this.trouble !== 'lies' || method !== 'GET' || !key.startsWith(`${PREFIX}unknown_people/`)) return false
    return this.#lies++ % 2 === 0
  }

  #lie(request: IncomingMessage, response: ServerResponse, key: string): void {
    const { bytes = Buffer.alloc(0), at = new Date() } = this.#objects.get(key) ?? {}
    const other = pictureOf(`not ${key}`)
    const lies: Answer[] = [
      // Its length is not told, and half of it is all that comes.
      { code: 200, headers: { 'transfer-encoding': 'chunked' }, body: bytes.subarray(0, bytes.length / 2) },
      { code: 200, headers: headersOf({ bytes: other, at }), body: other },
      { code: 200, headers: HTML, body: '<h1>Please log in</h1>' },
      { code: 404, headers: HTML, body: '<h1>404 Not Found</h1>' },
    ]
    end(request, response, lies[Math.floor(this.#lies / 2) % lies.length] as Answer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

function end({ method }: IncomingMessage, response: ServerResponse, { code, headers = {}, body = '' }: Answer): void {
  const length = headers['transfer-encoding'] ? {} : { 'content-length': `${Buffer.byteLength(body)}` }
  response.writeHead(code, { ...length, ...headers })
  response.end(method === 'HEAD' || code === 204 ? undefined : body)
}

function headersOf({ bytes, at }: Stored): Record<string, string> {
  return { 'content-type': 'application/octet-stream', etag: etagOf(bytes), 'last-modified': at.toUTCString() }
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`
}

function xml(body: string, code = 200): Answer {
  return { code, headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0"?>${body}` }
}

function fault(code: number, name: string): Answer {
  return xml(`<Error><Code>${name}</Code><Message>${name}</Message></Error>`, code)
}
