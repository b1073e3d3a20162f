import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** A file as it is sent. */
export interface Content {
  type: string
  /** One after the other. */
  bytes: readonly Buffer[]
  /** Differs wherever the bytes do; without quotation marks. */
  etag: string
  /** Whether the file of this name never changes. */
  isImmutable: boolean
  headers?: OutgoingHttpHeaders | undefined
  /** What of a viewer's time it is, where viewers are counted by it. */
  seconds?: number | undefined
}

const IMMUTABLE = 'public, max-age=31536000, immutable'
const RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/

/** Answers GET and HEAD, also for a range and for who has it already (RFC 9110, 13 and 14). Returns how many of its bytes are sent. */
export function sendContent(
  { method, headers: asked }: IncomingMessage,
  response: ServerResponse,
  { type, bytes, etag, isImmutable, headers: more }: Content,
  shared: OutgoingHttpHeaders,
): { bytes: number; size: number } {
  const size = bytes.reduce((sum, { length }) => sum + length, 0)
  const tag = `"${etag}"`
  const headers: OutgoingHttpHeaders = {
    ...shared,
    'content-type': type,
    'cache-control': isImmutable ? IMMUTABLE : 'no-cache',
    etag: tag,
    'accept-ranges': 'bytes',
    ...more,
  }
  if (asked['if-none-match'] && matches(asked['if-none-match'], tag)) {
    response.writeHead(304, headers).end()
    return { bytes: 0, size }
  }
  const isRange = asked.range !== undefined && (asked['if-range'] ?? tag) === tag
  const range = isRange ? parseRange(asked.range as string, size) : undefined
  if (range === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${size}`, 'content-length': 0 }).end()
    return { bytes: 0, size }
  }
  const { from, to } = range ?? { from: 0, to: size }
  if (range) headers['content-range'] = `bytes ${from}-${to - 1}/${size}`
  headers['content-length'] = to - from
  response.writeHead(range ? 206 : 200, headers)
  if (method === 'HEAD') {
    response.end()
    return { bytes: 0, size }
  }
  const pieces = range ? slice(bytes, from, to) : bytes
  // One write to the socket, however many pieces.
  response.cork()
  for (const piece of pieces.slice(0, -1)) response.write(piece)
  response.end(pieces.at(-1))
  return { bytes: to - from, size }
}

function matches(ifNoneMatch: string, tag: string): boolean {
  return ifNoneMatch === '*' || ifNoneMatch.split(',').some((one) => one.trim().replace(/^W\//, '') === tag)
}

/** Undefined: the whole, as for what is no single range of bytes. */
function parseRange(range: string, size: number): { from: number; to: number } | 'unsatisfiable' | undefined {
  const [isRange, first, last] = RANGE.exec(range) ?? []
  if (!isRange || (first === '' && last === '')) return undefined
  if (first === '')
    return last === '0' || size === 0 ? 'unsatisfiable' : { from: Math.max(0, size - Number(last)), to: size }
  const from = Number(first)
  const to = last === '' ? size : Math.min(size, Number(last) + 1)
  if (last !== '' && Number(last) < from) return undefined
  return from < size ? { from, to } : 'unsatisfiable'
}

function slice(pieces: readonly Buffer[], from: number, to: number): Buffer[] {
  let at = 0
  return pieces.flatMap((piece) => {
    const start = at
    at += piece.length
    return at <= from || start >= to ? [] : [piece.subarray(Math.max(0, from - start), to - start)]
  })
}
