import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { InvalidMessageError, InvalidRequestError } from './errors.ts'
import { type Message, parseMessage } from './message.ts'

/** Of one request, compressed or not. */
export const MAX_REQUEST_BYTES = 8 * 1024 * 1024
export const MAX_BATCH_MESSAGES = 10_000

const inflate = promisify(gunzip)

/** A body as it arrives, and its `content-encoding`. */
export interface RequestBody {
  body: Readable
  encoding: string | undefined
}

/** The one message of a request (application/json). Rejects with InvalidRequestError or InvalidMessageError. */
export async function readMessage(request: RequestBody): Promise<Message> {
  return parseMessage(parseJson(await textOf(request), 'The body'))
}

/**
 * The messages of a batch (application/x-ndjson), in order; InvalidMessageError in place of each that is none. Rejects with
 * InvalidRequestError when a line is no JSON or the last one does not end: then the lines before it are not to be trusted either.
 */
export async function readBatch(request: RequestBody): Promise<(Message | InvalidMessageError)[]> {
  const lines = (await textOf(request)).split('\n')
  if (lines.pop() !== '') throw new InvalidRequestError(400, 'The batch is cut: its last line does not end.')
  if (lines.length === 0) throw new InvalidRequestError(400, 'The batch is empty.')
  if (lines.length > MAX_BATCH_MESSAGES)
    throw new InvalidRequestError(413, `The batch has ${lines.length} lines; ${MAX_BATCH_MESSAGES} are allowed.`)
  return lines.map((line, index) => parseLine(parseJson(line, `Line ${index + 1}`)))
}

function parseLine(value: unknown): Message | InvalidMessageError {
  try {
    return parseMessage(value)
  } catch (error) {
    if (error instanceof InvalidMessageError) return error
    throw error
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InvalidRequestError(400, `${what} is no JSON.`, { cause })
  }
}

async function textOf({ body, encoding = 'identity' }: RequestBody): Promise<string> {
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw new InvalidRequestError(415, 'The content-encoding may be gzip, or none.')
  const bytes = await bytesOf(body)
  const text = encoding === 'gzip' ? await inflated(bytes) : bytes
  if (!isUtf8(text)) throw new InvalidRequestError(400, 'The body is no UTF-8.')
  return text.toString('utf8')
}

async function bytesOf(body: Readable): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    // A client that is refused while it is sending still gets the response: the connection is not destroyed with the stream.
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      length += chunk.length
      if (length > MAX_REQUEST_BYTES) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (cause) {
    throw cause instanceof InvalidRequestError ? cause : new InvalidRequestError(400, 'The body is cut.', { cause })
  } finally {
    // Reads and discards the rest.
    body.resume()
  }
  return Buffer.concat(chunks)
}

async function inflated(bytes: Buffer): Promise<Buffer> {
  try {
    return await inflate(bytes, { maxOutputLength: MAX_REQUEST_BYTES })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw new InvalidRequestError(400, 'The body is no gzip, or cut.', { cause })
  }
}

function tooLarge(): InvalidRequestError {
  return new InvalidRequestError(413, `The body has more than ${MAX_REQUEST_BYTES} bytes.`)
}
