import type { IncomingMessage } from 'node:http'
import { ProblemError } from '@livepods/http'
import { MAX_RECEIVING_BYTES, RECEIVE_WITHIN_MS } from './limits.ts'

/** Limits the memory and the time of requests that do not come through fastify. */
export class Receiving {
  #bytes = 0

  /** Counts a request of at most `limit` bytes until it is disposed of. Throws ProblemError 413 or 503. */
  begin(request: IncomingMessage, limit: number): Disposable {
    const length = request.headers['content-length']
    // What is inflated, or says no length, may be as large as the limit.
    const bytes = length === undefined || request.headers['content-encoding'] ? limit : Number(length)
    if (bytes > limit) throw tooLarge(limit)
    if (this.#bytes > 0 && this.#bytes + bytes > MAX_RECEIVING_BYTES)
      throw new ProblemError(503, 'Too much is being received already. Send it again in a second.', {
        headers: { 'retry-after': '1' },
      })
    this.#bytes += bytes
    const timer = setTimeout(() => {
      if (!request.complete) request.socket.destroy()
    }, RECEIVE_WITHIN_MS)
    return {
      [Symbol.dispose]: () => {
        clearTimeout(timer)
        this.#bytes -= bytes
      },
    }
  }
}

/** The body. Rejects with ProblemError 413, or 400 when the client goes before its end. */
export async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let length = 0
  request
    .on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limit) chunks.push(chunk)
      else reject(tooLarge(limit))
    })
    .once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    .once('error', (cause) => reject(new ProblemError(400, 'The body is cut.', { cause })))
  return await promise
}

function tooLarge(limit: number): ProblemError {
  return new ProblemError(413, `The body has more than ${limit} bytes.`)
}
