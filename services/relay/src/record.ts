import { contentFrom, type Message } from '@livepods/messages'
import type { NewRecord, StoredRecord } from '@livepods/spool'

/** A message of the spool: somebody has numbered it. */
export type NumberedMessage = Message & { stream: string; seq: number }

const TOMBSTONE = 1
const TEXTS = 9

/**
 * The message as a record of the spool, which numbers it unless it has a number.
 *
 *   header │ flags 1 │ seq 8 │ stream, request id, traceparent: each bytes 1, text │    little-endian; seq 0: the record's count
 */
export function recordOf({ stream = '', seq = 0, content, requestId = '', traceparent = '' }: Message): NewRecord {
  const texts = [stream, requestId, traceparent]
  const header = Buffer.allocUnsafe(TEXTS + texts.reduce((sum, text) => sum + 1 + text.length, 0))
  const isTombstone = typeof content === 'object' && !Buffer.isBuffer(content)
  header.writeUInt8(isTombstone ? TOMBSTONE : 0)
  header.writeBigUInt64LE(BigInt(seq), 1)
  let offset = TEXTS
  for (const text of texts) {
    header.writeUInt8(text.length, offset)
    header.write(text, offset + 1, 'latin1')
    offset += 1 + text.length
  }
  return { header, body: bytesOf(content), counted: seq === 0 }
}

/** @param ownStream the stream of what the spool numbers, by its epoch */
export function messageOf(
  { header, body, epoch, count }: StoredRecord,
  ownStream: (epoch: string) => string,
): NumberedMessage {
  let offset = TEXTS
  const next = () => {
    const start = offset + 1
    offset = start + header.readUInt8(offset)
    return header.toString('latin1', start, offset)
  }
  const stream = next()
  const requestId = next()
  const traceparent = next()
  const seq = Number(header.readBigUInt64LE(1))
  return {
    ...(seq === 0 ? { stream: ownStream(epoch), seq: count } : { stream, seq }),
    content: header.readUInt8() === TOMBSTONE ? { tombstone: body.toString('hex') } : contentFrom(body),
    ...(requestId !== '' && { requestId }),
    ...(traceparent !== '' && { traceparent }),
  }
}

function bytesOf(content: Message['content']): Buffer {
  if (Buffer.isBuffer(content)) return content
  return typeof content === 'string' ? Buffer.from(content) : Buffer.from(content.tombstone, 'hex')
}
