import { createReadStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
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
import { naming } from './disk-faults.ts'
import type { FolderStore } from './folder-store.ts'
import { ImageMissing, ImageUnreadable } from './open-image.ts'
import { PathRefused } from './path.ts'
import type { PictureStore, StoredUpload } from './picture-store.ts'
import type { ImageRoots } from './roots.ts'
import { codeOf, named, noSuchBucket } from './s3-faults.ts'
import { isUpload, UPLOADS } from './upload.ts'

export interface S3Options {
  bucket: string
  /** Before every key; '' or ending in "/". */
  prefix: string
  endpoint: string | undefined
  region: string
  /** Undefined: as the SDK finds them (environment, files, the machine's role). */
  keys: { accessKeyId: string; secretAccessKey: string } | undefined
  /** A request without an end by then counts as failed. */
  withinMs?: number
  roots: ImageRoots
  /** For pictures that are not unknown people's: those lie on disk. */
  folders: FolderStore
}

const ignore = () => {}

/** An upload that is older than this when it comes again is put again, so that its age begins anew. */
const YOUNG_MS = 10 * 60_000

/** Unknown people in S3, under `<prefix>unknown_people/<relative path>`; known people and further roots are folders. */
export class S3Store implements PictureStore, AsyncDisposable {
  readonly #options: S3Options
  readonly #client: S3Client
  readonly #withinMs: number

  constructor(options: S3Options) {
    const { endpoint, region, keys, withinMs = 10_000 } = options
    this.#options = options
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

  async gathering(): Promise<string> {
    const folder = join(tmpdir(), 'livepods-incoming')
    await naming(() => mkdir(folder, { recursive: true }))
    return folder
  }

  check(path: string): void {
    this.#options.roots.locate(path)
  }

  async open(path: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<Buffer> {
    const key = this.#keyOf(path)
    if (key === undefined) return await this.#options.folders.open(path, options)
    return await this.#ask(async (request) => {
      const { Body, ContentLength = 0 } = await this.#client.send(
        new GetObjectCommand({ ...request.input, Key: key }),
        request,
      )
      const body = Body as Readable
      if (ContentLength > options.maxBytes) {
        body.destroy()
        throw new ImageUnreadable(
          `The picture has ${ContentLength} bytes; ${options.maxBytes} is the limit (IMAGE_MAX_MEGABYTES).`,
        )
      }
      return await collect(body, ContentLength, request.abortSignal)
    }, options.signal)
  }

  async putIfAbsent(path: string, gathered: string): Promise<boolean> {
    const Key = this.#uploadKey(path)
    const put = async (condition: { IfNoneMatch?: string }) => {
      const { size: ContentLength } = await stat(gathered)
      // Its name is its sum: a byte that changes on the way is refused by the other end.
      const ChecksumSHA256 = Buffer.from(posix.basename(path).slice(0, 64), 'hex').toString('base64')
      await this.#ask(async (request) => {
        const Body = createReadStream(gathered)
        const input = { ...request.input, ...condition, Key, Body, ContentLength, ChecksumSHA256 }
        try {
          await this.#client.send(new PutObjectCommand(input), request)
        } finally {
          Body.destroy()
        }
      })
    }
    try {
      await put({ IfNoneMatch: '*' })
      return true
    } catch (error) {
      // 412: it is there. 409: somebody else is putting it this moment; the same bytes, since the key is their sum.
      if (codeOf(error) !== 412 && codeOf(error) !== 409) throw error
    }
    const at = await this.#putAt(Key)
    if (at === undefined || Date.now() - at.getTime() > YOUNG_MS) await put({})
    return false
  }

  async *list(): AsyncIterable<StoredUpload> {
    let ContinuationToken: string | undefined
    do {
      const Prefix = `${this.#keyOf(UPLOADS)}/`
      const page = await this.#ask((request) =>
        this.#client.send(
          new ListObjectsV2Command({ ...request.input, Prefix, ...(ContinuationToken && { ContinuationToken }) }),
          request,
        ),
      )
      for (const { Key, LastModified } of page.Contents ?? []) {
        const path = `${UPLOADS}/${posix.basename(Key ?? '')}`
        if (isUpload(path) && LastModified) yield { path, at: LastModified }
      }
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken)
  }

  async remove(path: string, before?: Date): Promise<boolean> {
    const Key = this.#uploadKey(path)
    const at = await this.#putAt(Key)
    if (at === undefined || (before && at >= before)) return false
    await this.#ask((request) => this.#client.send(new DeleteObjectCommand({ ...request.input, Key }), request))
    return true
  }

  async ping(): Promise<void> {
    const { bucket } = this.#options
    await this.#ask((request) => this.#client.send(new HeadBucketCommand(request.input), request)).catch((error) => {
      throw error instanceof ImageMissing ? noSuchBucket(bucket, error) : error
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy()
  }

  async #putAt(Key: string): Promise<Date | undefined> {
    try {
      const { LastModified } = await this.#ask((request) =>
        this.#client.send(new HeadObjectCommand({ ...request.input, Key }), request),
      )
      return LastModified
    } catch (error) {
      if (error instanceof ImageMissing) return undefined
      throw error
    }
  }

  /** Undefined for what lies on disk. Throws PathRefused. */
  #keyOf(path: string): string | undefined {
    const { roots, prefix } = this.#options
    const { root, relative } = roots.locate(path)
    return root === roots.unknownPeople ? `${prefix}unknown_people/${posix.normalize(relative)}` : undefined
  }

  #uploadKey(path: string): string {
    const key = isUpload(path) ? this.#keyOf(path) : undefined
    if (key === undefined)
      throw new PathRefused('Only uploads are put and removed; this picture belongs to someone else.')
    return key
  }

  /** One request, its time bounded, its failures in the words of the store. */
  async #ask<T>(work: (request: Request) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const late = AbortSignal.timeout(this.#withinMs)
    const abortSignal = signal ? AbortSignal.any([late, signal]) : late
    try {
      return await work({ input: { Bucket: this.#options.bucket }, abortSignal })
    } catch (error) {
      signal?.throwIfAborted()
      throw named(error, this.#options.bucket)
    }
  }
}

interface Request {
  input: { Bucket: string }
  abortSignal: AbortSignal
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
