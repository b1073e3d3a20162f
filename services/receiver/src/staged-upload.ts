import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { ProblemError } from '@livepods/http'
import {
  DecodeTooCostlyError,
  decodeCost,
  ImageUnreadableError,
  translateDiskErrors,
  UPLOAD_FORMATS,
  type UploadFormat,
  uploadPath,
} from '@livepods/images'
import { formatOf } from './photo-format.ts'

export interface StageOptions {
  folder: string
  maxBytes: number
  signal?: AbortSignal
}

/** An upload whose bytes are on local disk, complete and checked, and not yet in the store; removed when disposed. */
export interface StagedUpload extends AsyncDisposable {
  file: string
  /** The path of the upload in the store, which follows from its bytes alone. */
  path: string
}

/** Bytes that tell the format. */
const HEAD_BYTES = 32

/**
 * Stages an upload: writes its bytes to disk while they arrive. Rejects with ProblemError (or StoreFullError, StoreUnavailableError),
 * leaving nothing behind.
 */
export async function stage(bytes: Readable, options: StageOptions): Promise<StagedUpload> {
  const file = join(options.folder, randomUUID())
  const dispose = () => rm(file, { force: true })
  try {
    await using handle = await translateDiskErrors(() => open(file, 'wx+', 0o644))
    const { sha256, format } = await write(bytes, handle, options)
    await checkDecodeCost(handle, format)
    await translateDiskErrors(() => handle.sync())
    return { file, path: uploadPath(sha256, format), [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function write(bytes: Readable, file: FileHandle, { maxBytes, signal }: StageOptions) {
  const hash = createHash('sha256')
  let format: UploadFormat | undefined
  let head = Buffer.alloc(0)
  let length = 0
  const chunks = bytes.iterator({ destroyOnReturn: false })
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  stopped.catch(() => {})
  const stop = () => reject(signal?.reason as Error)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    // A client that is refused while it is sending still gets the response: the connection is not destroyed with the stream.
    for (;;) {
      const next = chunks.next() as Promise<IteratorResult<Buffer>>
      next.catch(() => {})
      const { value: chunk, done } = await Promise.race([next, stopped])
      if (done) break
      length += chunk.length
      if (length > maxBytes) throw tooLarge(maxBytes)
      if (head.length < HEAD_BYTES) {
        head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)])
        if (head.length === HEAD_BYTES) format = formatOf(head)
      }
      hash.update(chunk)
      await translateDiskErrors(() => file.writeFile(chunk))
    }
  } catch (error) {
    throw translateCutOff(error)
  } finally {
    signal?.removeEventListener('abort', stop)
    // Reads and discards the rest, once nobody iterates any more: after a stop that is when the next bytes come.
    const discard = () => void bytes.resume()
    void Promise.resolve(chunks.return?.()).then(discard, discard)
  }
  if (length === 0) throw new ProblemError(400, 'The photo has no bytes. Send a file that is not empty.')
  return { sha256: hash.digest('hex'), format: format ?? formatOf(head) }
}

export function tooLarge(maxBytes: number): ProblemError {
  const megabytes = Number((maxBytes / 1024 / 1024).toFixed(2))
  return new ProblemError(413, `The photo has more than ${megabytes} MB, which is the limit. Send a smaller one.`)
}

/** Errors of a connection, or of a form, that ended before the photo did. */
const CUT_OFF = new Set(['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR', 'FST_PREMATURE_CLOSE'])

function translateCutOff(error: unknown): unknown {
  const { code, message } = error as { code?: string; message?: string }
  const isCutOff =
    (code !== undefined && CUT_OFF.has(code)) || /terminated early|end of (multipart|form)/i.test(message ?? '')
  if (!isCutOff) return error
  return new ProblemError(400, 'The photo ended too early; nothing of it was stored. Send it again.', { cause: error })
}

/** Rejects with ProblemError 413 or 422 at once what face-recognition would refuse later. */
async function checkDecodeCost(file: FileHandle, format: UploadFormat): Promise<void> {
  const read = async (position: number, length: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
    return buffer.subarray(0, bytesRead)
  }
  try {
    await decodeCost(read, format)
  } catch (error) {
    if (!(error instanceof ImageUnreadableError)) throw error
    throw new ProblemError(error instanceof DecodeTooCostlyError ? 413 : 422, error.message, { cause: error })
  }
}

export const UPLOAD_TYPES = UPLOAD_FORMATS.map((format) => `image/${format}`)
