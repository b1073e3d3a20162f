import type { PresentationRecord, TrackDescription, TrackKind } from '../cmaf/presentation.ts'
import { AUDIO, DATA, type Message, VIDEO } from '../hub/message.ts'
import type { RemotePublisher } from '../hub/stream.ts'
import { ProtocolError } from '../protocol-error.ts'
import type { Claim } from './claim.ts'

/** What an owner sends of a stream. */
export type FeedRecord =
  /** The first one: which stream it is, and by which claim. */
  | { type: 'stream'; bornAt: number; claim: Claim | undefined; publisher: RemotePublisher }
  /** A message of before now, for viewers who begin. */
  | { type: 'join'; message: Message }
  /** All of before now was sent. */
  | { type: 'live' }
  | { type: 'media'; message: Message }
  /** Nothing, so that it is known that the owner is there. */
  | { type: 'tick' }
  | PresentationRecord

/**
 * A record on the wire:
 *
 *     bytes of the header (32 bits) | bytes of the body (32 bits) | header, JSON | body
 */
const PREFIX_BYTES = 8
const MAX_HEADER_BYTES = 64 * 1024
/** Milliseconds since 1970 that a date can have. */
const MAX_NUMBER = 8.64e15
const NOTHING = Buffer.alloc(0)

const encoded = new WeakMap<object, Buffer>()

/** The bytes of a record; followers share them. */
export function encodeRecord(record: FeedRecord): Buffer {
  const there = encoded.get(record)
  if (there) return there
  const { header, body } = split(record)
  const text = Buffer.from(JSON.stringify(header))
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + text.length + body.length)
  bytes.writeUInt32BE(text.length, 0)
  bytes.writeUInt32BE(body.length, 4)
  text.copy(bytes, PREFIX_BYTES)
  body.copy(bytes, PREFIX_BYTES + text.length)
  encoded.set(record, bytes)
  return bytes
}

function split(record: FeedRecord): { header: object; body: Buffer } {
  switch (record.type) {
    case 'join':
    case 'media': {
      const { type, timestamp, payload } = record.message
      return { header: { type: record.type, message: { type, timestamp } }, body: payload }
    }
    case 'init': {
      const { bytes, ...header } = record
      return { header, body: bytes }
    }
    case 'part': {
      const { bytes, ...part } = record.part
      return { header: { ...record, part }, body: bytes }
    }
    case 'stream':
    case 'live':
    case 'tick':
    case 'begin':
    case 'period':
    case 'open':
    case 'close':
    case 'longest':
    case 'unsupported':
    case 'end':
      return { header: record, body: NOTHING }
  }
}

interface Field {
  bytes: Buffer
  filled: number
}

/** Takes the bytes of a feed, in any pieces. */
export class RecordReader {
  readonly #maxBodyBytes: number
  #field: Field = field(PREFIX_BYTES)
  #step: 'prefix' | 'header' | 'body' = 'prefix'
  #bodyBytes = 0
  #header: unknown

  constructor(maxBodyBytes: number) {
    this.#maxBodyBytes = maxBodyBytes
  }

  /**
   * The records that end in this piece; take all before the next one. Those of a type that only later versions know are left out. Throws
   * ProtocolError: the reader is of no use afterwards.
   */
  *read(piece: Buffer): Generator<FeedRecord, void> {
    for (let at = 0; at < piece.length || this.#isFull; ) {
      const { bytes, filled } = this.#field
      const copied = piece.copy(bytes, filled, at)
      at += copied
      this.#field.filled += copied
      if (!this.#isFull) return
      const record = this.#next()
      if (record) yield record
    }
  }

  get #isFull(): boolean {
    return this.#field.filled === this.#field.bytes.length
  }

  /** The field is whole; begins the next one. */
  #next(): FeedRecord | undefined {
    const { bytes } = this.#field
    switch (this.#step) {
      case 'prefix': {
        const headerBytes = bytes.readUInt32BE(0)
        this.#bodyBytes = bytes.readUInt32BE(4)
        if (headerBytes > MAX_HEADER_BYTES || this.#bodyBytes > this.#maxBodyBytes)
          throw new ProtocolError(`a record of a feed has ${headerBytes} and ${this.#bodyBytes} bytes`)
        this.#begin('header', headerBytes)
        return undefined
      }
      case 'header':
        this.#header = parse(bytes)
        this.#begin('body', this.#bodyBytes)
        return undefined
      case 'body':
        this.#begin('prefix', PREFIX_BYTES)
        return join(this.#header, bytes)
    }
  }

  #begin(step: 'prefix' | 'header' | 'body', size: number): void {
    this.#step = step
    this.#field = field(size)
  }
}

function field(size: number): Field {
  // Not of a pool: segments live for as long as the window.
  return { bytes: Buffer.allocUnsafeSlow(size), filled: 0 }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new ProtocolError('the header of a record is no JSON')
  }
}

function join(value: unknown, body: Buffer): FeedRecord | undefined {
  const header = object(value)
  switch (header.type) {
    case 'stream': {
      const { owner, protocol, client } = object(header.publisher)
      return {
        type: 'stream',
        bornAt: number(header.bornAt),
        claim: header.claim === undefined ? undefined : claim(header.claim),
        publisher: {
          owner: owner === undefined ? undefined : text(owner),
          protocol: text(protocol) as RemotePublisher['protocol'],
          client: text(client),
        },
      }
    }
    case 'join':
    case 'media': {
      const { type, timestamp } = object(header.message)
      if (type !== AUDIO && type !== VIDEO && type !== DATA) return undefined
      return { type: header.type, message: { type, timestamp: number(timestamp), payload: body } }
    }
    case 'live':
    case 'tick':
    case 'begin':
    case 'end':
      return { type: header.type }
    case 'period': {
      if (!Array.isArray(header.kinds)) throw new ProtocolError('a period of a feed has no kinds')
      return { type: 'period', kinds: header.kinds.map(kind) }
    }
    case 'init': {
      const { kind: of, codec, timescale, ...more } = object(header.description)
      const description = { ...more, kind: kind(of), codec: text(codec), timescale: number(timescale) }
      return { type: 'init', description: description as TrackDescription, name: text(header.name), bytes: body }
    }
    case 'open': {
      const head = object(header.head)
      return {
        type: 'open',
        kind: kind(header.kind),
        head: {
          number: number(head.number),
          startsAt: number(head.startsAt),
          start: number(head.start),
          period: number(head.period),
          periodStartsAt: number(head.periodStartsAt),
          init: text(head.init),
        },
      }
    }
    case 'part': {
      const { duration, samples, independent } = object(header.part)
      const part = {
        bytes: body,
        duration: number(duration),
        samples: number(samples),
        independent: independent === true,
      }
      return { type: 'part', kind: kind(header.kind), part }
    }
    case 'close':
      return { type: 'close', kind: kind(header.kind) }
    case 'longest':
      return {
        type: 'longest',
        kind: kind(header.kind),
        part: number(header.part),
        segment: number(header.segment),
      }
    case 'unsupported':
      return { type: 'unsupported', kind: kind(header.kind), codec: text(header.codec) }
    default:
      return undefined
  }
}

function claim(value: unknown): Claim {
  const { counter, id } = object(value)
  return { counter: number(counter), id: text(id) }
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw wrong(value)
  return value as Record<string, unknown>
}

function number(value: unknown): number {
  if (typeof value !== 'number' || Math.abs(value) > MAX_NUMBER) throw wrong(value)
  return value
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw wrong(value)
  return value
}

function kind(value: unknown): TrackKind {
  if (value !== 'audio' && value !== 'video') throw wrong(value)
  return value
}

function wrong(value: unknown): ProtocolError {
  return new ProtocolError(`a record of a feed has ${String(value).slice(0, 100)} where it cannot be`)
}
