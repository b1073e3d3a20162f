import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Files, OpenFile } from './files.ts'
import {
  GROUP_HEADER,
  type Group,
  groupAt,
  groupBytes,
  MARK_OFFSET,
  readUint64,
  readUuid,
  writeUint64,
  writeUuid,
} from './group.ts'

/** The beginning of a segment: all that is needed to go on after it, should it hold no record. */
export interface Head {
  /** Number of the first record. */
  first: number
  /** Counted records before it. */
  count: number
  /** When it was begun: Unix time in milliseconds. */
  time: number
  /** A UUID; a count means one record within its epoch. */
  epoch: string
  mark: number
}

export interface Segment {
  /** The number of its first record. */
  first: number
  bytes: number
  /** Unix time in milliseconds; 0: not known. */
  begun: number
}

/** │ magic 8 │ first number 8 │ count 8 │ time 8 │ epoch 16 │ mark 4 │ zero 8 │ crc 4 │     little-endian; CRC-32 of all before it */
export const HEAD = 64
const MAGIC = 'LPSPOOL1'
/** What is read at a time; a larger group is read whole. */
const CHUNK = 1024 * 1024
const SUFFIX = '.log'
const DIGITS = 16

export function segmentName(first: number): string {
  return String(first).padStart(DIGITS, '0') + SUFFIX
}

/** The first numbers of the segments among `names`, ascending. */
export function segmentsAmong(names: readonly string[], suffix = SUFFIX): number[] {
  const ours = names.filter((name) => name.endsWith(suffix) && /^\d{16}$/.test(name.slice(0, -suffix.length)))
  return ours.map((name) => Number(name.slice(0, DIGITS))).sort((a, b) => a - b)
}

export async function withSegment<T>(
  files: Files,
  folder: string,
  first: number,
  use: (file: OpenFile) => Promise<T>,
): Promise<T> {
  const file = await files.open(join(folder, segmentName(first)))
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

export function newMark(): number {
  return randomBytes(4).readUInt32LE()
}

export function encodeHead({ first, count, time, epoch, mark }: Head): Buffer {
  const head = Buffer.alloc(HEAD)
  head.write(MAGIC, 'latin1')
  writeUint64(head, first, 8)
  writeUint64(head, count, 16)
  writeUint64(head, time, 24)
  writeUuid(head, epoch, 32)
  head.writeUInt32LE(mark, 48)
  head.writeUInt32LE(crc32(head.subarray(0, HEAD - 4)), HEAD - 4)
  return head
}

/** The head of a segment whose name says `first`; undefined when it is not whole, or another's. Rejects when its format is not ours. */
export async function readHead(file: OpenFile, first: number): Promise<Head | undefined> {
  const head = await readRange(file, 0, HEAD)
  if (head.length < HEAD || crc32(head.subarray(0, HEAD - 4)) !== head.readUInt32LE(HEAD - 4)) return undefined
  const magic = head.toString('latin1', 0, MAGIC.length)
  if (magic !== MAGIC)
    throw new Error(`${segmentName(first)} has the format ${magic}; this program reads ${MAGIC} only.`)
  if (readUint64(head, 8) !== first) return undefined
  return {
    first,
    count: readUint64(head, 16),
    time: readUint64(head, 24),
    epoch: readUuid(head, 32),
    mark: head.readUInt32LE(48),
  }
}

/**
 * What the first group of a segment tells of a head that is not whole; the epoch is `epoch`. Undefined when that group is not whole either.
 */
export async function guessHead(file: OpenFile, first: number, epoch: string): Promise<Head | undefined> {
  const start = await readRange(file, HEAD, GROUP_HEADER)
  if (start.length < GROUP_HEADER) return undefined
  const mark = start.readUInt32LE(MARK_OFFSET)
  const { groups } = await readGroups(file, { mark, from: HEAD, to: await file.size() })
  const group = groups[0]
  if (group?.offset !== HEAD || group.number !== first) return undefined
  return { first, count: group.count, time: group.time, epoch, mark }
}

export interface Found {
  /** Whole groups, one after the other. */
  groups: Group[]
  /** Where to go on. */
  next: number
  /** No whole group begins at `from`: the next one begins at `next`, or, if this `isTail`, there is none and `next` is the end. */
  damage?: { isTail: boolean }
}

export function newChunk(): Buffer {
  return Buffer.allocUnsafeSlow(CHUNK)
}

/**
 * Reads the groups of a segment that begin at `from`, as many as one chunk has; `to` is the end of what may be read. They are parts of a
 * buffer of their own, or of `reused`, whose content does not last longer than the next call then.
 */
export async function readGroups(
  file: OpenFile,
  { mark, from, to, reused }: { mark: number; from: number; to: number; reused?: Buffer },
): Promise<Found> {
  if (from >= to) return { groups: [], next: from }
  let chunk = await readRange(file, from, Math.min(CHUNK, to - from), reused)
  const first = groupBytes(chunk, 0, mark) ?? 0
  if (first > chunk.length && from + first <= to) chunk = await readRange(file, from, first)
  const groups: Group[] = []
  let at = 0
  for (;;) {
    const group = groupAt(chunk, at, mark, from)
    if (group === undefined || from + at + group.bytes > to) break
    groups.push(group)
    at += group.bytes
  }
  if (groups.length > 0) return { groups, next: from + at }
  const found = await findGroup(file, { mark, from: from + 1, to })
  return { groups: [], next: found ?? to, damage: { isTail: found === undefined } }
}

/** Where the next whole group begins. Only after damage: it reads the rest of the segment. */
async function findGroup(
  file: OpenFile,
  { mark, from, to }: { mark: number; from: number; to: number },
): Promise<number | undefined> {
  const rest = await readRange(file, from, to - from)
  const wanted = Buffer.alloc(4)
  wanted.writeUInt32LE(mark)
  let at = rest.indexOf(wanted, MARK_OFFSET)
  while (at !== -1) {
    if (groupAt(rest, at - MARK_OFFSET, mark, from) !== undefined) return from + at - MARK_OFFSET
    at = rest.indexOf(wanted, at + 1)
  }
  return undefined
}

async function readRange(file: OpenFile, from: number, bytes: number, into?: Buffer): Promise<Buffer> {
  const buffer = into?.subarray(0, bytes) ?? Buffer.allocUnsafeSlow(bytes)
  return buffer.subarray(0, await file.read(buffer, from))
}
