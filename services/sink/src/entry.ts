import { hash } from 'node:crypto'
import type { Message } from '@livepods/messages'

/** How a message came. */
export interface Origin {
  /** Of who sent the request. */
  address: string
  relay: string | null
  requestId: string | null
  traceparent: string | null
}

/** A message that is to be taken. */
export interface Entry extends Origin {
  stream: string
  /** Absent: the next one. */
  seq?: number | undefined
  /** Of the body, or of the refused body that a tombstone stands for. */
  sha256: Buffer
  /** Null: a tombstone. */
  body: string | Buffer | null
}

/** @param stream who numbers a message that has no number. */
export function entryOf({ content, seq, ...message }: Message, stream: string, origin: Origin): Entry {
  const isBody = typeof content === 'string' || Buffer.isBuffer(content)
  return {
    stream: message.stream ?? stream,
    seq,
    sha256: isBody ? hash('sha256', content, 'buffer') : Buffer.from(content.tombstone, 'hex'),
    body: isBody ? content : null,
    address: origin.address,
    relay: origin.relay,
    requestId: message.requestId ?? origin.requestId,
    traceparent: message.traceparent ?? origin.traceparent,
  }
}

/** Bytes that it takes in memory and in a statement, about. */
export function bytesOf({ body }: Entry): number {
  return 300 + (body === null ? 0 : Buffer.byteLength(body))
}
