import type { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { ImageMissing, ImageUnreadable } from './open-image.ts'
import { codeOf, named, noSuchBucket } from './s3-faults.ts'

export interface S3BucketOptions {
  bucket: string
  endpoint: string | undefined
  region: string
  /** Undefined: as the SDK finds them (environment, files, the machine's role). */
  keys: { accessKeyId: string; secretAccessKey: string } | undefined
  /** A request without an end by then counts as failed. */
  withinMs?: number
}

/** An object as a listing or a look at it shows it. */
export interface S3Object {
  key: string
  /** When it was put last. */
  at: Date
  /** Changes whenever the content does. */
  etag: string
  size: number
}

export interface S3Put {
  body: Readable | Uint8Array
  length: number
  /** Of the content, in base64: a byte that changes on the way is refused by the other end. */
  sha256?: string
  /** Only when there is no object of that key. */
  unlessThere: boolean
}

const ignore = () => {}

/** The objects of one bucket. Every method rejects with StoreUnavailable when another try later may succeed. */
export class S3Bucket implements AsyncDisposable {
  readonly #bucket: string
  readonly #client: S3Client
  readonly #withinMs: number

  constructor({ bucket, endpoint, region, keys, withinMs = 10_000 }: S3BucketOptions) {
    this.#bucket = bucket
    this.#withinMs = withinMs
    this.#client = new S3Client({
      region,
      ...(keys && { credentials: keys }),
      // A bucket as a host name needs DNS that servers of one's own seldom have.
      ...(endpoint && { endpoint, forcePathStyle: true }),
      maxAttempts: 2,
      // Faults are told to whoever asked.
      logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      requestHandler: { connectionTimeout: Math.min(3000, withinMs) },
      // The newer sums are not understood by every S3-compatible service; we send SHA-256 ourselves.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
  }

  /** The bytes of an object, at most `maxBytes`. Rejects with ImageMissing or ImageUnreadable. */
  async get(Key: string, { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal }): Promise<Buffer> {
    return await this.#ask(async (request) => {
      const { Body, ContentLength = 0 } = await this.#client.send(
        new GetObjectCommand({ ...request.input, Key }),
        request,
      )
      const body = Body as Readable
      if (ContentLength > maxBytes) {
        body.destroy()
        throw new ImageUnreadable(
          `The picture has ${ContentLength} bytes; ${maxBytes} is the limit (IMAGE_MAX_MEGABYTES).`,
        )
      }
      return await collect(body, ContentLength, request.abortSignal)
    }, signal)
  }

  /** Puts an object; false when one is there and must not be replaced. Rejects with StoreFull too. */
  async put(Key: string, { body: Body, length: ContentLength, sha256, unlessThere }: S3Put): Promise<boolean> {
    const condition = { ...(unlessThere && { IfNoneMatch: '*' }), ...(sha256 && { ChecksumSHA256: sha256 }) }
    try {
      await this.#ask((request) =>
        this.#client.send(new PutObjectCommand({ ...request.input, ...condition, Key, Body, ContentLength }), request),
      )
      return true
    } catch (error) {
      // 412: it is there. 409: somebody else is putting it this moment.
      if (unlessThere && (codeOf(error) === 412 || codeOf(error) === 409)) return false
      throw error
    }
  }

  /** What is known of an object without its bytes; undefined when there is none. */
  async look(Key: string): Promise<S3Object | undefined> {
    try {
      const { LastModified, ETag, ContentLength } = await this.#ask((request) =>
        this.#client.send(new HeadObjectCommand({ ...request.input, Key }), request),
      )
      return objectOf({ Key, LastModified, ETag, Size: ContentLength })
    } catch (error) {
      if (error instanceof ImageMissing) return undefined
      throw error
    }
  }

  /** All objects whose keys begin so, by their keys. */
  async *list(Prefix: string): AsyncIterable<S3Object> {
    let ContinuationToken: string | undefined
    do {
      const page = await this.#ask((request) =>
        this.#client.send(
          new ListObjectsV2Command({ ...request.input, Prefix, ...(ContinuationToken && { ContinuationToken }) }),
          request,
        ),
      )
      for (const object of page.Contents ?? []) yield objectOf(object)
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken)
  }

  /** Removes an object; one that is not there is removed already. */
  async remove(Key: string): Promise<void> {
    await this.#ask((request) => this.#client.send(new DeleteObjectCommand({ ...request.input, Key }), request))
  }

  /** Rejects with StoreUnavailable while the bucket cannot be used. */
  async ping(): Promise<void> {
    await this.#ask((request) => this.#client.send(new HeadBucketCommand(request.input), request)).catch((error) => {
      throw error instanceof ImageMissing ? noSuchBucket(this.#bucket, error) : error
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy()
  }

  /** One request, its time bounded, its failures in the words of the store. */
  async #ask<T>(work: (request: Request) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const late = AbortSignal.timeout(this.#withinMs)
    const abortSignal = signal ? AbortSignal.any([late, signal]) : late
    try {
      return await work({ input: { Bucket: this.#bucket }, abortSignal })
    } catch (error) {
      signal?.throwIfAborted()
      throw named(error, this.#bucket)
    }
  }
}

interface Request {
  input: { Bucket: string }
  abortSignal: AbortSignal
}

interface Listed {
  Key?: string | undefined
  LastModified?: Date | undefined
  ETag?: string | undefined
  Size?: number | undefined
}

function objectOf({ Key = '', LastModified = new Date(0), ETag = '', Size = 0 }: Listed): S3Object {
  return { key: Key, at: LastModified, etag: ETag.replaceAll('"', ''), size: Size }
}

async function collect(body: Readable, length: number, signal: AbortSignal): Promise<Buffer> {
  const stop = () => body.destroy(signal.reason as Error)
  signal.addEventListener('abort', stop)
  try {
    const bytes = Buffer.allocUnsafeSlow(length)
    let filled = 0
    for await (const chunk of body) filled += (chunk as Buffer).copy(bytes, filled)
    if (filled < length) throw new Error(`The object has ${length} bytes, and ${filled} came.`)
    return bytes
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
