import { Agent } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { S3Client } from '@aws-sdk/client-s3'
import type { ClientTls } from '@livepods/service'
import { fault, isTransient, NotFromS3Error } from './s3-errors.ts'

// The SDK is imported here alone.
export {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'

export interface S3BucketOptions {
  bucket: string
  /** Before every key; '' or ending in "/". */
  prefix: string
  endpoint: string | undefined
  /** Authorities of the service; absent: the well-known ones. */
  tls?: ClientTls | undefined
  region: string
  /** Undefined: as the SDK finds them (environment, files, the machine's role). */
  keys: { accessKeyId: string; secretAccessKey: string } | undefined
  /** Whether the bucket is in the path of the URL, not in its host name; undefined: with an endpoint of one's own. */
  pathStyle?: boolean | undefined
  /**
   * A request without an answer by then, retries included, has failed. Below the 8 and 10 s after which callers of face-recognition
   * give up.
   */
  withinMs?: number
}

/** One try of a request. */
export interface Request {
  client: S3Client
  bucket: { Bucket: string }
  object: (key: string) => { Bucket: string; Key: string }
  options: { abortSignal: AbortSignal }
  /** 0 is the first; what an earlier one did is unknown, since its answer may have been lost. */
  attempt: number
}

const ATTEMPTS = 5
const BACKOFF_MS = { base: 100, max: 1000 }
const ignore = () => {}

/** Requests to one bucket: bounded in time, retried after transient errors; other errors become those of ImageFileStore. */
export class S3Requests implements AsyncDisposable {
  readonly bucket: string
  readonly #prefix: string
  readonly #region: string
  readonly #client: S3Client
  readonly #withinMs: number

  constructor({ bucket, prefix, endpoint, tls, region, keys, pathStyle, withinMs = 7000 }: S3BucketOptions) {
    this.bucket = bucket
    this.#prefix = prefix
    this.#region = region
    this.#withinMs = withinMs
    this.#client = new S3Client({
      region,
      ...(keys && { credentials: keys }),
      ...(endpoint && { endpoint }),
      // A bucket as a host name needs DNS that servers of one's own seldom have.
      forcePathStyle: pathStyle ?? endpoint !== undefined,
      // The SDK repeats no request whose body is a stream, so `ask` repeats all of them.
      maxAttempts: 1,
      // Errors reach the caller; the SDK is not to log them.
      logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      requestHandler: { connectionTimeout: Math.min(3000, withinMs), ...(tls && { httpsAgent: new TlsAgent(tls) }) },
      // Not every S3-compatible service understands headers with checksums (Backblaze refuses them); the SHA-256 of a body is signed.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
    this.#client.middlewareStack.add(
      (next) => async (request) => {
        const result = await next(request)
        refusePage(result.response as Response)
        return result
      },
      { step: 'deserialize', priority: 'low', name: 'refusePage' },
    )
  }

  /** Does `work`, with retries after transient errors, until its time is over. @param withinMs instead of that of the bucket */
  async ask<T>(
    work: (request: Request) => Promise<T>,
    { signal, withinMs = this.#withinMs }: { signal?: AbortSignal | undefined; withinMs?: number } = {},
  ): Promise<T> {
    const late = AbortSignal.timeout(withinMs)
    const abortSignal = signal ? AbortSignal.any([late, signal]) : late
    const bucket = { Bucket: this.bucket }
    const object = (key: string) => ({ ...bucket, Key: this.#prefix + key })
    for (let attempt = 0; ; attempt++) {
      try {
        return await work({ client: this.#client, bucket, object, options: { abortSignal }, attempt })
      } catch (error) {
        signal?.throwIfAborted()
        const repeats = attempt + 1 < ATTEMPTS && isTransient(error) && (await pause(attempt, abortSignal))
        signal?.throwIfAborted()
        if (!repeats) throw fault(error, { bucket: this.bucket, region: this.#region })
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy()
  }
}

/** As the SDK makes it, with the authorities that there are when a connection is opened. */
class TlsAgent extends Agent {
  readonly #tls: ClientTls

  constructor(tls: ClientTls) {
    super({ keepAlive: true, maxSockets: 50 })
    this.#tls = tls
  }

  override createConnection(...[options, opened]: Parameters<Agent['createConnection']>) {
    return super.createConnection({ ...options, ...this.#tls.options }, opened)
  }
}

/** Exponential backoff with full jitter; false when the signal aborted. */
async function pause(attempt: number, signal: AbortSignal): Promise<boolean> {
  const waitMs = Math.random() * Math.min(BACKOFF_MS.max, BACKOFF_MS.base * 2 ** attempt)
  return await sleep(waitMs, true, { signal }).catch(() => false)
}

interface Response {
  statusCode: number
  headers: Record<string, string>
  body?: { destroy?: () => void }
}

/** Throws NotFromS3Error when a proxy or portal answered with a page of its own, as if it were a success. */
function refusePage({ statusCode, headers, body }: Response): void {
  const type = headers['content-type'] ?? ''
  // An object may have such a content type, but then the answer has the request id of an S3 service.
  if (statusCode >= 300 || !/^(text\/html|application\/json)/.test(type) || headers['x-amz-request-id']) return
  body?.destroy?.()
  throw new NotFromS3Error(statusCode, type)
}
