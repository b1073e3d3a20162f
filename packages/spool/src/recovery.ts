import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Cursor } from './cursor.ts'
import type { Files, OpenFile } from './files.ts'
import { type Group, type KeyedPosition, keysOf } from './group.ts'
import { encodeKeys } from './keys.ts'
import {
  encodeHead,
  guessHead,
  HEAD,
  type Head,
  newChunk,
  newMark,
  readGroups,
  readHead,
  type Segment,
  segmentName,
  segmentsAmong,
  withSegment,
} from './segment.ts'
import { SegmentWriter, writeAll } from './segment-writer.ts'

/** Something that cannot be read any more. */
export interface Damage {
  /** The name of the file. */
  file: string
  /** Its first bad byte, and how many follow. */
  offset: number
  bytes: number
  /** The numbers of the records that are lost; `lastLost` < `firstLost`: none. */
  firstLost: number
  lastLost: number
}

export interface Scan {
  /** Where whole groups end. Bytes that follow are those of a write that a crash interrupted. */
  end: number
  lastGroup: { offset: number; bytes: number } | undefined
  nextNumber: number
  /** Of counted records. */
  count: number
  records: number
  damages: Damage[]
}

/** Reads all of a segment, which has `size` bytes; `visit` sees each group. */
export async function scan(
  file: OpenFile,
  head: Head,
  size: number,
  visit: (group: Group, keys: KeyedPosition[]) => void = () => {},
): Promise<Scan> {
  const reused = newChunk()
  const name = segmentName(head.first)
  const result: Scan = {
    end: HEAD,
    lastGroup: undefined,
    nextNumber: head.first,
    count: head.count,
    records: 0,
    damages: [],
  }
  let damaged: { offset: number; bytes: number } | undefined
  while (result.end < size) {
    const { groups, next, damage } = await readGroups(file, { mark: head.mark, from: result.end, to: size, reused })
    if (damage?.isTail) break
    if (damage) damaged = { offset: result.end, bytes: next - result.end }
    for (const group of groups) {
      if (damaged !== undefined)
        result.damages.push({ file: name, ...damaged, firstLost: result.nextNumber, lastLost: group.number - 1 })
      damaged = undefined
      const { keys, count } = keysOf(group)
      visit(group, keys)
      result.records += group.nextNumber - group.number
      result.nextNumber = group.nextNumber
      result.count = count
      result.lastGroup = { offset: group.offset, bytes: group.bytes }
    }
    result.end = next
  }
  return result
}

export interface Recovered {
  /** All segments but the last, ascending. */
  sealed: Segment[]
  writer: SegmentWriter
  nextNumber: number
  count: number
  /** Entries of a key file: those of the last segment. */
  keyed: Buffer
  damages: Damage[]
}

/**
 * Makes the last segment fit to go on with, or begins the first one. Only the last one is read. What is whole in it is kept, answered or not;
 * what a crash left of an interrupted write is cut off.
 */
export async function recover({
  files,
  folder,
  cursors,
  now,
}: {
  files: Files
  folder: string
  cursors: readonly Cursor[]
  now: number
}): Promise<Recovered> {
  const segments = segmentsAmong(await files.names(folder))
  const furthest = cursors.map(({ place }) => place).sort((a, b) => b.number - a.number)[0]
  const damages: Damage[] = []
  let last: LastSegment | undefined
  for (;;) {
    const first = segments.pop()
    if (first === undefined) break
    const epoch = furthest?.epoch ?? (await epochAmong(files, folder, segments)) ?? randomUUID()
    last = await recoverLast(files, folder, first, epoch)
    if (last !== undefined) break
    damages.push(...(await setAside(files, folder, first)))
  }
  const sealed: Recovered['sealed'] = []
  for (const first of segments)
    sealed.push(
      await withSegment(files, folder, first, async (file) => {
        const head = await readHead(file, first)
        return { first, bytes: await file.size(), begun: head?.time ?? 0 }
      }),
    )

  // Numbers that may have been given already: to count on below them would give some twice.
  const given = Math.max(furthest?.number ?? 1, ...damages.map(({ lastLost }) => lastLost + 1))
  if (last !== undefined && last.nextNumber >= given) {
    const { writer, nextNumber, count, keyed } = last
    return { sealed, writer, nextNumber, count, keyed, damages: [...last.damages, ...damages] }
  }
  if (last !== undefined) {
    const { head, end } = last.writer
    await last.writer[Symbol.asyncDispose]()
    sealed.push({ first: head.first, bytes: end, begun: head.time })
    const lost = { firstLost: last.nextNumber, lastLost: given - 1 }
    damages.unshift(...last.damages, { file: segmentName(head.first), offset: end, bytes: 0, ...lost })
  }
  const head = { first: given, count: 0, time: now, epoch: randomUUID(), mark: newMark() }
  const writer = await SegmentWriter.create(files, folder, head)
  return { sealed, writer, nextNumber: given, count: 0, keyed: Buffer.alloc(0), damages }
}

type LastSegment = Omit<Recovered, 'sealed'>

/** Undefined when the segment has no head that can be read, nor a first group that tells it. */
async function recoverLast(
  files: Files,
  folder: string,
  first: number,
  epoch: string,
): Promise<LastSegment | undefined> {
  const file = await files.open(join(folder, segmentName(first)))
  const size = await file.size()
  const head = (await readHead(file, first)) ?? (await guessHead(file, first, epoch))
  if (head === undefined) {
    await file.close()
    return undefined
  }
  const keyed: Buffer[] = []
  const { end, lastGroup, nextNumber, count, damages } = await scan(file, head, size, ({ time }, keys) => {
    if (keys.length > 0) keyed.push(encodeKeys(keys, Math.floor(time / 1000)))
  })
  // The sync of what was written last may have failed, and the kernel takes such pages for clean: they are written once more.
  await writeAll(file, encodeHead(head), 0)
  if (lastGroup !== undefined) {
    const group = Buffer.alloc(Math.min(lastGroup.bytes, size - lastGroup.offset))
    await file.read(group, lastGroup.offset)
    await writeAll(file, group, lastGroup.offset)
  }
  if (size > end) await file.truncate(end)
  await file.sync()
  await files.syncFolder(folder)
  return { writer: new SegmentWriter(file, head, end), nextNumber, count, keyed: Buffer.concat(keyed), damages }
}

/**
 * A segment that says nothing: one whose creation a crash interrupted, which is removed; or a damaged one, which gets the suffix `.bad`.
 * How many records it had nobody knows; each had at least eight bytes.
 */
async function setAside(files: Files, folder: string, first: number): Promise<Damage[]> {
  const file = segmentName(first)
  const bytes = await withSegment(files, folder, first, (opened) => opened.size())
  if (bytes <= HEAD) {
    await files.remove(join(folder, file))
    return []
  }
  await files.rename(join(folder, file), join(folder, `${file}.bad`))
  return [{ file, offset: 0, bytes, firstLost: first, lastLost: first + Math.ceil(bytes / 8) }]
}

/** Of the last one of `segments` that has a whole head. */
export async function epochAmong(
  files: Files,
  folder: string,
  segments: readonly number[],
): Promise<string | undefined> {
  for (const first of segments.toReversed()) {
    const head = await withSegment(files, folder, first, (file) => readHead(file, first))
    if (head !== undefined) return head.epoch
  }
  return undefined
}
