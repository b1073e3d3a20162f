import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { translateDiskErrors } from './disk-errors.ts'
import { ImageMissingError, ImageUnreadableError } from './open-image.ts'
import { bytesOf } from './s3-body.ts'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  type Request,
  type S3BucketOptions,
  S3Requests,
} from './s3-client.ts'
import { codeOf, statusOf } from './s3-errors.ts'
import { S3Versions } from './s3-versions.ts'
import { type FileState, stateOfObject } from './stamp.ts'
import { StoreUnavailableError } from './store-errors.ts'

export interface S3Object {
  key: string
  at: Date
  /** Differs whenever the content does. */
  etag: string
}

export interface S3Head extends Omit<S3Object, 'key'> {
  length: number | undefined
  metadata: Record<string, string>
}

export interface S3Put {
  /** Called once for each try. */
  body: () => Buffer | Readable
  length: number
  /** Of the bytes, in hex: the service refuses bytes that changed on the way. */
  sha256: string
  /** Never overwrites an object. */
  ifAbsent?: boolean
  /** With `ifAbsent`: sends a HEAD first, since some services (Garage) ignore the condition. Worth it where an object would be lost. */
  asksFirst?: boolean
  metadata?: Record<string, string>
  /** Triples the time-out, for large bodies over a slow line. */
  isPatient?: boolean
}

/** The objects of an S3 bucket under a prefix; keys are relative to it. Errors are those of ImageFileStore. */
export class S3Bucket implements AsyncDisposable {
  readonly #prefix: string
  readonly #withinMs: number
  readonly #requests: S3Requests
  readonly #versions: S3Versions
  /** False once the service has said that it knows no conditions (Backblaze does). */
  #knowsConditions = true

  constructor(options: S3BucketOptions) {
    const { prefix, withinMs = 7000 } = options
    this.#prefix = prefix
    this.#withinMs = withinMs
    this.#requests = new S3Requests({ ...options, withinMs })
    this.#versions = new S3Versions(this.#requests)
  }

  /** Rejects with ImageMissingError, ImageUnreadableError (more than `maxBytes`) or StoreUnavailableError. */
  async get(key: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<Buffer> {
    return (await this.read(key, options)).bytes
  }

  /** The same with what the object was. */
  async read(
    key: string,
    { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal },
  ): Promise<FileState & { bytes: Buffer }> {
    return await this.#requests.ask(
      async ({ client, object, options }) => {
        const found = await client.send(new GetObjectCommand(object(key)), options)
        const { ContentLength: length, ContentEncoding: encoding } = found
        try {
          const body = { length, encoding, maxBytes, signal: options.abortSignal }
          const bytes = await bytesOf(found.Body as Readable, body)
          return { bytes, ...stateOfObject(headOf(found, length ?? bytes.length)) }
        } catch (error) {
          if (!(error instanceof ImageUnreadableError)) throw error
          throw new ImageUnreadableError(error.message, { cause: error, file: stateOfObject(headOf(found, length)) })
        }
      },
      { signal },
    )
  }

  /** False when `ifAbsent` and there is one already, or somebody else is putting one this moment. */
  async put(key: string, put: S3Put): Promise<boolean> {
    // The answer to an attempt may be lost: the mark tells the next attempt that the object is ours.
    const mark = randomUUID()
    return await this.#requests.ask((request) => this.#tryPut(request, { ...put, key, mark }), {
      withinMs: put.isPatient ? 3 * this.#withinMs : this.#withinMs,
    })
  }

  /** Undefined when there is none. */
  async head(key: string, signal?: AbortSignal): Promise<S3Head | undefined> {
    return await this.#requests.ask((request) => head(request, key), { signal }).catch(orMissing)
  }

  /** All objects whose keys begin so, in the order of their keys. */
  async *list(beginning: string): AsyncIterable<S3Object> {
    let ContinuationToken: string | undefined
    do {
      const input = { Prefix: this.#prefix + beginning, ...(ContinuationToken && { ContinuationToken }) }
      const page = await this.#requests.ask(({ client, bucket, options }) =>
        client.send(new ListObjectsV2Command({ ...bucket, ...input }), options),
      )
      ContinuationToken = page.NextContinuationToken
      // An answer that is no list, or is truncated, must not pass for a short list: known people would be taken for gone.
      if (page.IsTruncated === undefined || (page.IsTruncated && !ContinuationToken)) throw noList()
      for (const { Key, LastModified, ETag } of page.Contents ?? [])
        if (Key && LastModified) yield { key: Key.slice(this.#prefix.length), at: LastModified, etag: ETag ?? '' }
    } while (ContinuationToken)
  }

  /** Gone afterwards with all its versions, also when there was none. */
  async remove(key: string): Promise<void> {
    if (await this.#versions.areKept()) return await this.#versions.remove(key)
    const removed = await this.#requests
      .ask(({ client, object, options }) => client.send(new DeleteObjectCommand(object(key)), options))
      .catch(orMissing)
    if (removed?.DeleteMarker) return await this.#versions.remove(key)
    const status = removed?.$metadata.httpStatusCode ?? 204
    if (status !== 204 && (await this.head(key)) !== undefined)
      throw new StoreUnavailableError(
        `The S3 service answered ${status} to a DELETE and removed nothing. Check S3_ENDPOINT and proxies in front of it.`,
      )
  }

  /** Why removing an object would leave its bytes behind, in a sentence, or undefined. */
  async removalFault(): Promise<string | undefined> {
    return await this.#versions.removalFault()
  }

  async ping(): Promise<void> {
    await this.#requests.ask(async ({ client, bucket, options }) => {
      try {
        await client.send(new HeadBucketCommand(bucket), options)
      } catch (error) {
        if (!isSilent(error)) throw error
        const { IsTruncated } = await client.send(new ListObjectsV2Command({ ...bucket, MaxKeys: 1 }), options)
        if (IsTruncated === undefined) throw noList()
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#requests[Symbol.asyncDispose]()
  }

  async #tryPut(request: Request, { key, mark, ...put }: S3Put & { key: string; mark: string }): Promise<boolean> {
    const isConditional = put.ifAbsent === true && this.#knowsConditions
    const there = async () => await head(request, key).catch(orMissing)
    const found = put.ifAbsent && (put.asksFirst || !isConditional) ? await there() : undefined
    if (found) return found.metadata.put === mark
    try {
      const metadata = { ...put.metadata, put: mark }
      const ETag = await send(request, key, { ...put, metadata, ifAbsent: isConditional })
      // Every S3 service sends an ETag; without one it may be no S3 service, and perhaps nothing is stored.
      if (ETag !== undefined || (await there())?.metadata.put === mark) return true
      throw new StoreUnavailableError(
        'The S3 service did not confirm that it has stored the object. Check S3_ENDPOINT and proxies in front of it.',
      )
    } catch (error) {
      const status = statusOf(error)
      if (isConditional && (status === 501 || codeOf(error) === 'NotImplemented')) {
        this.#knowsConditions = false
        return await this.#tryPut(request, { key, mark, ...put })
      }
      // 412: it is there. 409: somebody else is putting it this moment.
      if (!isConditional || (status !== 412 && status !== 409)) throw error
      if (request.attempt === 0 && codeOf(error) !== undefined) return false
      const found = await there()
      if (found === undefined && codeOf(error) === undefined) throw error
      return found?.metadata.put === mark
    }
  }
}

/** Puts once, and gives the ETag. */
async function send(
  { client, object, options }: Request,
  key: string,
  { body, length, sha256, ifAbsent, metadata }: S3Put,
): Promise<string | undefined> {
  const Body = body()
  const unreadable = new AbortController()
  const input = {
    Body,
    ContentLength: length,
    ...(ifAbsent && { IfNoneMatch: '*' }),
    ...(metadata && { Metadata: metadata }),
  }
  const command = new PutObjectCommand({ ...object(key), ...input })
  // The signature covers the checksum, so every service verifies it.
  command.middlewareStack.add(
    (next) => async (args) => {
      ;(args.request as { headers: Record<string, string> }).headers['x-amz-content-sha256'] = sha256
      return await next(args)
    },
    { step: 'build', name: 'signBody' },
  )
  if (!Buffer.isBuffer(Body)) Body.once('error', (error) => unreadable.abort(error))
  try {
    const abortSignal = AbortSignal.any([options.abortSignal, unreadable.signal])
    return (await client.send(command, { abortSignal })).ETag
  } catch (error) {
    if (unreadable.signal.aborted) await translateDiskErrors(() => Promise.reject(unreadable.signal.reason as Error))
    throw error
  } finally {
    if (!Buffer.isBuffer(Body)) Body.destroy()
  }
}

async function head({ client, object, options }: Request, key: string): Promise<S3Head> {
  try {
    const found = await client.send(new HeadObjectCommand(object(key)), options)
    return headOf(found, found.ContentLength)
  } catch (error) {
    if (!isSilent(error)) throw error
    const found = await client.send(new GetObjectCommand({ ...object(key), Range: 'bytes=0-0' }), options)
    ;(found.Body as Readable | undefined)?.destroy()
    return headOf(found, Number(found.ContentRange?.split('/')[1]) || undefined)
  }
}

function headOf(
  { LastModified, ETag, Metadata }: Pick<HeadObjectCommandOutput, 'LastModified' | 'ETag' | 'Metadata'>,
  length: number | undefined,
): S3Head {
  return { at: LastModified ?? new Date(0), etag: ETag ?? '', length, metadata: Metadata ?? {} }
}

/** The answer to a HEAD has no error document, so only a GET tells a missing object from a missing bucket, an unknown key id or a proxy. */
function isSilent(error: unknown): boolean {
  const status = statusOf(error)
  return status !== undefined && status >= 300 && status < 500 && status !== 429
}

function noList(): StoreUnavailableError {
  return new StoreUnavailableError(
    'The S3 service gave no list of its objects, or only a part of it. Check S3_ENDPOINT.',
  )
}

function orMissing(error: unknown): undefined {
  if (error instanceof ImageMissingError || codeOf(error) === 'NoSuchKey') return undefined
  throw error
}
