import { BadRequestError } from './bad-request-error.ts'
import type { Exchange, Fields } from './exchange.ts'
import { isTrue } from './go-values.ts'
import { type Range, rangesOf } from './ranges.ts'
import { bytesOf } from './size.ts'

const PATTERN = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ-'
/** So much is written at once, cut out of one buffer that all answers share. */
const PIECE = 1024 * 1024
const BAR = Buffer.from('|')
const CONTENT_TYPE = 'text/plain; charset=utf-8'

/** It never changes, so that a download can be continued while this process runs. */
const LAST_MODIFIED = new Date().toUTCString()

/** `/data?size=n&unit=KB`: exactly so many bytes, |ABC…XYZ-ABC…|, or the ranges of them; with `attachment=true` as a file. */
export async function data(exchange: Exchange, { maxBytes }: { maxBytes: number }): Promise<void> {
  const { query } = exchange
  const size = bytesOf(query.get('size') ?? '1', query.get('unit') ?? '')
  if (size > maxBytes) throw new BadRequestError(`At most ${maxBytes} bytes: size and unit say ${size}.`)
  const isAttachment = isTrue(query.get('attachment'))
  if (isAttachment || exchange.request.headers.range !== undefined)
    return await file(exchange, size, isAttachment ? { 'Content-Disposition': 'Attachment' } : {})
  const fields = size === 0 ? {} : { 'Content-Type': CONTENT_TYPE }
  await send(exchange, exchange.status, fields, { start: 0, end: size }, size)
}

/** What is small goes out at once: it takes no memory, whether the client reads or not. */
async function send(
  exchange: Exchange,
  status: number,
  fields: Fields,
  { start, end }: Range,
  size: number,
): Promise<void> {
  const parts = content(size, start, end)
  if (end - start <= PIECE) exchange.reply(status, fields, [...parts])
  else await exchange.stream(status, fields, parts, end - start)
}

async function file(exchange: Exchange, size: number, disposition: Fields): Promise<void> {
  const { headers } = exchange.request
  const fields: Fields = { ...disposition, 'Last-Modified': LAST_MODIFIED }
  if (isNotModified(headers['if-modified-since'])) return exchange.reply(304, fields)
  const isSame = headers['if-range'] === undefined || headers['if-range'] === LAST_MODIFIED
  const ranges = isSame ? rangesOf(headers.range, size) : undefined
  if (ranges === 'invalid' || ranges === 'outside') throw rangeError(ranges, size)
  fields['Accept-Ranges'] = 'bytes'
  const [first, ...others] = ranges ?? []
  if (!first) {
    const whole = { start: 0, end: size }
    return await send(exchange, exchange.status, { ...fields, 'Content-Type': CONTENT_TYPE }, whole, size)
  }
  if (others.length > 0) return await severalRanges(exchange, fields, [first, ...others], size)
  const range = { 'Content-Type': CONTENT_TYPE, 'Content-Range': contentRange(first, size) }
  await send(exchange, 206, { ...fields, ...range }, first, size)
}

function rangeError(fault: 'invalid' | 'outside', size: number): BadRequestError {
  const fields = { 'Content-Disposition': 'Attachment' }
  if (fault === 'invalid') return new BadRequestError('invalid range', { status: 416, fields })
  return new BadRequestError('invalid range: failed to overlap', {
    status: 416,
    fields: { ...fields, 'Content-Range': `bytes */${size}` },
  })
}

function isNotModified(since: string | undefined): boolean {
  return since !== undefined && Date.parse(since) >= Date.parse(LAST_MODIFIED)
}

async function severalRanges(exchange: Exchange, fields: Fields, ranges: Range[], size: number): Promise<void> {
  const boundary = crypto.randomUUID().replaceAll('-', '')
  const heads = ranges.map((range, index) =>
    Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Range: ${contentRange(range, size)}\r\nContent-Type: ${CONTENT_TYPE}\r\n\r\n`,
    ),
  )
  const end = Buffer.from(`\r\n--${boundary}--\r\n`)
  const length = ranges.reduce(
    (sum, { start, end }, index) => sum + end - start + (heads[index]?.length ?? 0),
    end.length,
  )
  await exchange.stream(
    206,
    { ...fields, 'Content-Type': `multipart/byteranges; boundary=${boundary}` },
    parts(),
    length,
  )

  function* parts(): Generator<Buffer> {
    for (const [index, { start, end }] of ranges.entries()) {
      yield heads[index] as Buffer
      yield* content(size, start, end)
    }
    yield end
  }
}

function contentRange({ start, end }: Range, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`
}

/** The bytes from `start` to before `end` of a content of `size` bytes. */
export function* content(size: number, start: number, end: number): Generator<Buffer> {
  for (let at = start; at < end; ) {
    if (at === 0 || at === size - 1) {
      yield BAR
      at++
      continue
    }
    const length = Math.min(PIECE, end - at, size - 1 - at)
    const offset = (at - 1) % PATTERN.length
    yield patterns().subarray(offset, offset + length)
    at += length
  }
}

let block: Buffer | undefined

/** The pattern again and again, for a piece that begins anywhere in it; made when it is asked for. */
function patterns(): Buffer {
  block ??= Buffer.alloc(PIECE + PATTERN.length, PATTERN)
  return block
}
