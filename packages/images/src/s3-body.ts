import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import { ImageUnreadableError } from './open-image.ts'
import { sniff } from './sniff.ts'
import { StoreUnavailableError } from './store-errors.ts'

export interface BodyOptions {
  /** As the answer says; many servers do not, and some are wrong. */
  length?: number | undefined
  encoding?: string | undefined
  maxBytes: number
  signal: AbortSignal
}

/** All bytes of an answer, whatever its headers say of them. Rejects with ImageUnreadableError when there are more than `maxBytes`. */
export async function bytesOf(body: Readable, { length, encoding, maxBytes, signal }: BodyOptions): Promise<Buffer> {
  const bytes = await collect(body, { length, maxBytes, signal })
  const decode = DECODERS[encoding?.trim().toLowerCase() ?? '']
  // Proxies compress unasked; but some objects have a content-encoding and are not encoded.
  return decode && sniff(bytes) === undefined ? await decoded(bytes, decode, maxBytes) : bytes
}

async function collect(
  body: Readable,
  { length, maxBytes, signal }: Pick<BodyOptions, 'length' | 'maxBytes' | 'signal'>,
): Promise<Buffer> {
  const stop = () => body.destroy(signal.reason as Error)
  signal.addEventListener('abort', stop)
  try {
    let bytes: Buffer = Buffer.allocUnsafeSlow(Math.min(length ?? 64 * 1024, maxBytes))
    let filled = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const needed = filled + chunk.length
      if (needed > maxBytes) throw tooLarge(length, maxBytes)
      if (needed > bytes.length) bytes = larger(bytes, Math.min(maxBytes, Math.max(needed, 2 * bytes.length)))
      filled += chunk.copy(bytes, filled)
    }
    if (length !== undefined && filled < length)
      throw Object.assign(new Error(`The object has ${length} bytes, and ${filled} came.`), {
        code: 'ERR_STREAM_PREMATURE_CLOSE',
      })
    return bytes.subarray(0, filled)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function larger(bytes: Buffer, size: number): Buffer {
  const grown = Buffer.allocUnsafeSlow(size)
  bytes.copy(grown)
  return grown
}

function tooLarge(length: number | undefined, maxBytes: number): ImageUnreadableError {
  const has = length !== undefined && length > maxBytes ? length : `more than ${maxBytes}`
  return new ImageUnreadableError(`The picture has ${has} bytes; ${maxBytes} is the limit (IMAGE_MAX_MEGABYTES).`)
}

type Decode = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const DECODERS: Record<string, Decode> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
}

async function decoded(bytes: Buffer, decode: Decode, maxBytes: number): Promise<Buffer> {
  try {
    return await decode(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(undefined, maxBytes)
    const sentence =
      'The S3 service, or a proxy in front of it, gives compressed bytes that are broken. Try again later.'
    throw new StoreUnavailableError(sentence, { cause: error })
  }
}
