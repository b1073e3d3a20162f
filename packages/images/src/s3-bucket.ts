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
import { StoreUnavailable } from './store-faults.ts'

export interface S3BucketOptions {
  bucket: string
  /** Before every key; '' or ending in "/". */
  prefix: string
  endpoint: string | undefined
  region: string
  /** Undefined: as the SDK finds them (environment, files, the machine's role). */
  keys: { accessKeyId: string; secretAccessKey: string } | undefined
  /** A request without an end by then counts as failed. */
  withinMs?: number
}

export interface S3Object {
  key: string
  at: Date
  /** Differs whenever the content does. */
  etag: string
}

export interface S3Put {
  /** Called once for each try. */
  body: () => Buffer | Readable
  length: number
  /** Of the bytes, in hex: one that changes on the way is refused by the other end. */
  sha256: string
  /** Never in place of another object. */
  ifAbsent?: boolean
  metadata?: Record<string, string>
}

const ignore = () => {}

/** What lies in a bucket of an S3 service under a prefix, which no key here contains. Faults are told in the words of the picture store. */
export class S3Bucket implements AsyncDisposable {
  readonly #bucket: string
  readonly #prefix: string
  readonly #client: S3Client
  readonly #withinMs: number

  constructor({ bucket, prefix, endpoint, region, keys, withinMs = 10_000 }: S3BucketOptions) {
    this.#bucket = bucket
    this.#prefix = prefix
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

  /** Rejects with ImageMissing, ImageUnreadable (more than `maxBytes`) or StoreUnavailable. */
  async get(key: string, { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal }): Promise<Buffer> {
    return await this.#ask(async (request) => {
      const { Body, ContentLength = 0 } = await this.#client.send(
        new GetObjectCommand(request.object(key)),
        request.options,
      )
      const body = Body as Readable
      if (ContentLength > maxBytes) {
        body.destroy()
        throw new ImageUnreadable(
          `The picture has ${ContentLength} bytes; ${maxBytes} is the limit (IMAGE_MAX_MEGABYTES).`,
        )
      }
      return await collect(body, ContentLength, request.options.abortSignal)
    }, signal)
  }

  /** False when `ifAbsent` and there is one already, or somebody else is putting one this moment. */
  async put(key: string, { body, length, sha256, ifAbsent = false, metadata }: S3Put): Promise<boolean> {
    try {
      await this.#ask(async (request) => {
        const Body = body()
        const input = {
          ...request.object(key),
          Body,
          ContentLength: length,
          ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
          ...(ifAbsent && { IfNoneMatch: '*' }),
          ...(metadata && { Metadata: metadata }),
        }
        try {
          await this.#client.send(new PutObjectCommand(input), request.options)
        } finally {
          if (!Buffer.isBuffer(Body)) Body.destroy()
        }
      })
      return true
    } catch (error) {
      // 412: it is there. 409: somebody else is putting it this moment.
      if (codeOf(error) === 412 || codeOf(error) === 409) return false
      throw error
    }
  }

  /** Undefined when there is none. */
  async head(key: string): Promise<(Omit<S3Object, 'key'> & { metadata: Record<string, string> }) | undefined> {
    try {
      const { LastModified, ETag, Metadata } = await this.#ask((request) =>
        this.#client.send(new HeadObjectCommand(request.object(key)), request.options),
      )
      return { at: LastModified ?? new Date(0), etag: ETag ?? '', metadata: Metadata ?? {} }
    } catch (error) {
      if (error instanceof ImageMissing) return undefined
      throw error
    }
  }

  /** All objects whose keys begin so, in the order of their keys. */
  async *list(beginning: string): AsyncIterable<S3Object> {
    let ContinuationToken: string | undefined
    do {
      const page = await this.#ask((request) => {
        const input = { ...request.bucket, Prefix: this.#prefix + beginning }
        return this.#client.send(
          new ListObjectsV2Command({ ...input, ...(ContinuationToken && { ContinuationToken }) }),
          request.options,
        )
      })
      // What is no list at all, such as the page of a proxy, would be read as one of nothing.
      if (page.Name === undefined && page.KeyCount === undefined && page.IsTruncated === undefined)
        throw new StoreUnavailable('The S3 service answered with something that is no list. Check S3_ENDPOINT.')
      for (const { Key, LastModified, ETag } of page.Contents ?? [])
        if (Key && LastModified) yield { key: Key.slice(this.#prefix.length), at: LastModified, etag: ETag ?? '' }
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken)
  }

  /** Gone afterwards, also when there was none. */
  async remove(key: string): Promise<void> {
    await this.#ask((request) => this.#client.send(new DeleteObjectCommand(request.object(key)), request.options))
  }

  async ping(): Promise<void> {
    await this.#ask((request) => this.#client.send(new HeadBucketCommand(request.bucket), request.options)).catch(
      (error) => {
        throw error instanceof ImageMissing ? noSuchBucket(this.#bucket, error) : error
      },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy()
  }

  /** One request, its time bounded, its failures in the words of the store. */
  async #ask<T>(work: (request: Request) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const late = AbortSignal.timeout(this.#withinMs)
    const bucket = { Bucket: this.#bucket }
    try {
      return await work({
        bucket,
        object: (key) => ({ ...bucket, Key: this.#prefix + key }),
        options: { abortSignal: signal ? AbortSignal.any([late, signal]) : late },
      })
    } catch (error) {
      signal?.throwIfAborted()
      throw named(error, this.#bucket)
    }
  }
}

interface Request {
  bucket: { Bucket: string }
  object: (key: string) => { Bucket: string; Key: string }
  options: { abortSignal: AbortSignal }
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
