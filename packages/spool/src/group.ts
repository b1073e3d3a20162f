import { crc32 } from 'node:zlib'

/** What makes an append idempotent: a record whose `id` is known is not stored again. */
export interface RecordKey {
  /** 16 bytes that name the request, such as the beginning of the SHA-256 of its Idempotency-Key. */
  id: Buffer
  /** 16 bytes of the content: an equal id with another digest is refused. */
  digest: Buffer
}

export interface NewRecord {
  /** At most 65 535 bytes that mean something to the caller only. */
  header: Buffer
  body: Buffer
  /** Whether it takes a count. */
  counted?: boolean
  key?: RecordKey
}

export interface StoredRecord {
  /** Its position in the spool, from 1. */
  number: number
  /** Its position among the counted records of its epoch, from 1; 0: not counted. */
  count: number
  /** A UUID: of the time in which no number was given twice. */
  epoch: string
  /** When it was stored: Unix time in milliseconds. */
  time: number
  header: Buffer
  body: Buffer
}

/** What is known before the first record of a group. */
export interface GroupStart {
  /** Of the segment: by it a group is found after damage. */
  mark: number
  /** Of the first record. */
  number: number
  /** Counted records before it. */
  count: number
  /** Unix time in milliseconds. */
  time: number
}

export interface Group extends GroupStart {
  /** In its segment. */
  offset: number
  /** With its header. */
  bytes: number
  /** The number after its last record. A filler (docs/decisions/0015) has no records and may end further on. */
  nextNumber: number
  /** The records as they are stored; `recordsOf` reads them. */
  data: Buffer
}

/**
 *   │ crc 4 │ mark 4 │ bytes 4 │ records 4 │ number 8 │ count 8 │ time 8 │ records …     little-endian
 *
 * The CRC-32 is that of all that follows it; that of a filler (records = 0) of the header only.
 */
export const GROUP_HEADER = 40
export const MARK_OFFSET = 4
/** │ header bytes 2 │ flags 1 │ zero 1 │ body bytes 4 │ key 32, if flagged │ header │ body │ */
const RECORD_PREFIX = 8
const KEY = 32
const COUNTED = 1
const KEYED = 2
export const MAX_RECORD_HEADER = 0xffff

/** The bytes that a record takes in a group. */
export function recordBytes({ header, body, key }: NewRecord): number {
  return RECORD_PREFIX + (key ? KEY : 0) + header.length + body.length
}

export function encodeGroup(records: readonly NewRecord[], { mark, number, count, time }: GroupStart): Buffer {
  let bytes = 0
  for (const record of records) bytes += recordBytes(record)
  const group = Buffer.allocUnsafe(GROUP_HEADER + bytes)
  group.writeUInt32LE(mark, 4)
  group.writeUInt32LE(bytes, 8)
  group.writeUInt32LE(records.length, 12)
  writeUint64(group, number, 16)
  writeUint64(group, count, 24)
  writeUint64(group, time, 32)
  let at = GROUP_HEADER
  for (const { header, body, counted, key } of records) {
    group.writeUInt16LE(header.length, at)
    group.writeUInt16LE((counted ? COUNTED : 0) | (key ? KEYED : 0), at + 2)
    group.writeUInt32LE(body.length, at + 4)
    at += RECORD_PREFIX
    if (key) {
      key.id.copy(group, at, 0, 16)
      key.digest.copy(group, at + 16, 0, 16)
      at += KEY
    }
    header.copy(group, at)
    at += header.length
    body.copy(group, at)
    at += body.length
  }
  group.writeUInt32LE(crc32(group.subarray(4)), 0)
  return group
}

/** The header of a group without records that covers `bytes` bytes of a segment; `number` is that of the next record. */
export function encodeFiller(bytes: number, { mark, number, count, time }: GroupStart): Buffer {
  const header = encodeGroup([], { mark, number, count, time })
  header.writeUInt32LE(bytes - GROUP_HEADER, 8)
  header.writeUInt32LE(crc32(header.subarray(4)), 0)
  return header
}

/** The bytes that a group at `at` says to have; undefined when its header cannot be that of one. */
export function groupBytes(buffer: Buffer, at: number, mark: number): number | undefined {
  if (at + GROUP_HEADER > buffer.length || buffer.readUInt32LE(at + MARK_OFFSET) !== mark) return undefined
  return GROUP_HEADER + buffer.readUInt32LE(at + 8)
}

/** The group at `at` of `buffer`, which begins at `offset` of its segment; undefined when no whole and intact one begins there. */
export function groupAt(buffer: Buffer, at: number, mark: number, offset: number): Group | undefined {
  const bytes = groupBytes(buffer, at, mark)
  if (bytes === undefined) return undefined
  const records = buffer.readUInt32LE(at + 12)
  const end = at + (records === 0 ? GROUP_HEADER : bytes)
  if (end > buffer.length || crc32(buffer.subarray(at + 4, end)) !== buffer.readUInt32LE(at)) return undefined
  const number = readUint64(buffer, at + 16)
  return {
    mark,
    number,
    count: readUint64(buffer, at + 24),
    time: readUint64(buffer, at + 32),
    offset: offset + at,
    bytes,
    nextNumber: number + records,
    data: buffer.subarray(at + GROUP_HEADER, end),
  }
}

/** The records of a group; their buffers are parts of the group's. */
export function recordsOf({ data, number, count, time }: Group, epoch: string): StoredRecord[] {
  const records: StoredRecord[] = []
  let counted = count
  for (let at = 0; at < data.length; at = recordEnd(data, at)) {
    const { flags, headerAt, bodyAt } = layoutAt(data, at)
    records.push({
      number: number + records.length,
      count: flags & COUNTED ? ++counted : 0,
      epoch,
      time,
      header: data.subarray(headerAt, bodyAt),
      body: data.subarray(bodyAt, recordEnd(data, at)),
    })
  }
  return records
}

export interface KeyedPosition extends RecordKey {
  number: number
  count: number
}

/** The keys of a group's records, and the count after its last record. */
export function keysOf({ data, number, count }: Group): { keys: KeyedPosition[]; count: number } {
  const keys: KeyedPosition[] = []
  let counted = count
  let next = number
  for (let at = 0; at < data.length; at = recordEnd(data, at)) {
    const { flags, headerAt } = layoutAt(data, at)
    if (flags & COUNTED) counted++
    if (flags & KEYED)
      keys.push({
        id: data.subarray(headerAt - KEY, headerAt - KEY / 2),
        digest: data.subarray(headerAt - KEY / 2, headerAt),
        number: next,
        count: flags & COUNTED ? counted : 0,
      })
    next++
  }
  return { keys, count: counted }
}

function layoutAt(data: Buffer, at: number) {
  const flags = data.readUInt16LE(at + 2)
  const headerAt = at + RECORD_PREFIX + (flags & KEYED ? KEY : 0)
  return { flags, headerAt, bodyAt: headerAt + data.readUInt16LE(at) }
}

function recordEnd(data: Buffer, at: number): number {
  return layoutAt(data, at).bodyAt + data.readUInt32LE(at + 4)
}

/** Numbers below 2^53, so that JavaScript counts them exactly. */
export function writeUint64(buffer: Buffer, value: number, at: number): void {
  buffer.writeUInt32LE(value % 2 ** 32, at)
  buffer.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4)
}

export function readUint64(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at) + buffer.readUInt32LE(at + 4) * 2 ** 32
}

export function writeUuid(buffer: Buffer, uuid: string, at: number): void {
  buffer.write(uuid.replaceAll('-', ''), at, 'hex')
}

export function readUuid(buffer: Buffer, at: number): string {
  return buffer.toString('hex', at, at + 16).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
