import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { cursorsAmong, readPlace } from './cursor.ts'
import type { Files, OpenFile } from './files.ts'
import { encodeFiller, GROUP_HEADER } from './group.ts'
import { type Damage, epochAmong, scan } from './recovery.ts'
import { encodeHead, guessHead, HEAD, type Head, readHead, segmentName, segmentsAmong, withSegment } from './segment.ts'
import { writeAll } from './segment-writer.ts'

export interface SpoolState {
  segments: number
  bytes: number
  records: number
  /** Of the first record, and the one after the last. */
  firstNumber: number
  nextNumber: number
  /** When the first record was stored: Unix time in milliseconds; undefined without records. */
  oldest: number | undefined
  damages: Damage[]
  /** What a crash left of a write; the next start cuts it off. */
  interrupted: { file: string; offset: number; bytes: number } | undefined
  /** `number` is the next record that is not acknowledged; undefined when the cursor cannot be read. */
  cursors: { reader: string; number: number | undefined; oldestWaiting: number | undefined }[]
}

const NONE_LOST = { firstLost: 0, lastLost: -1 }

/** Reads all of a spool and changes nothing. */
export async function checkSpool(files: Files, folder: string): Promise<SpoolState> {
  const names = await files.names(folder)
  const firsts = segmentsAmong(names)
  const cursors: SpoolState['cursors'] = []
  for (const reader of cursorsAmong(names)) {
    const place = await readPlace(files, folder, reader)
    cursors.push({ reader, number: place?.number, oldestWaiting: undefined })
  }
  const state: SpoolState = {
    segments: firsts.length,
    bytes: 0,
    records: 0,
    firstNumber: firsts[0] ?? 1,
    nextNumber: firsts[0] ?? 1,
    oldest: undefined,
    damages: [],
    interrupted: undefined,
    cursors,
  }
  for (const [index, first] of firsts.entries())
    await withSegment(files, folder, first, async (file) => {
      const size = await file.size()
      state.bytes += size
      await checkSegment(file, { first, size, nextFirst: firsts[index + 1] }, state)
    })
  return state
}

async function checkSegment(
  file: OpenFile,
  { first, size, nextFirst }: { first: number; size: number; nextFirst: number | undefined },
  state: SpoolState,
): Promise<void> {
  const name = segmentName(first)
  const whole = await readHead(file, first)
  const head = whole ?? (await guessHead(file, first, ''))
  if (head === undefined && nextFirst === undefined && size <= HEAD) {
    state.interrupted = { file: name, offset: 0, bytes: size }
    return
  }
  if (whole === undefined) {
    const lost = head ? NONE_LOST : { firstLost: first, lastLost: (nextFirst ?? first) - 1 }
    state.damages.push({ file: name, offset: 0, bytes: head ? HEAD : size, ...lost })
  }
  if (head === undefined) return
  const { end, nextNumber, records, damages } = await scan(file, head, size, (group) => {
    state.oldest ??= group.time
    for (const cursor of state.cursors) if ((cursor.number ?? 0) < group.nextNumber) cursor.oldestWaiting ??= group.time
  })
  state.records += records
  state.nextNumber = nextNumber
  state.damages.push(...damages)
  if (nextFirst === undefined && end < size) state.interrupted = { file: name, offset: end, bytes: size - end }
  if (nextFirst !== undefined && (end < size || nextNumber < nextFirst))
    state.damages.push({ file: name, offset: end, bytes: size - end, firstLost: nextNumber, lastLost: nextFirst - 1 })
}

/**
 * Takes out what `checkSpool` found damaged, so that readers pass it in silence: ranges without whole groups are covered by fillers,
 * heads written again. A segment that says nothing gets the suffix `.bad`. Nothing that can be read is changed.
 */
export async function cutDamage(files: Files, folder: string): Promise<void> {
  const heads: Head[] = []
  const epoch = await knownEpoch(files, folder)
  for (const first of segmentsAmong(await files.names(folder))) {
    const head = await withSegment(
      files,
      folder,
      first,
      async (file) => (await readHead(file, first)) ?? (await guessHead(file, first, epoch)),
    )
    const path = join(folder, segmentName(first))
    if (head !== undefined) heads.push(head)
    else await files.rename(path, `${path}.bad`)
  }
  for (const [index, head] of heads.entries())
    await withSegment(files, folder, head.first, (file) => cutSegment(file, head, heads[index + 1]?.first))
  await files.syncFolder(folder)
}

async function cutSegment(file: OpenFile, head: Head, nextFirst: number | undefined): Promise<void> {
  const size = await file.size()
  const { mark } = head
  await writeAll(file, encodeHead(head), 0)
  const { end, nextNumber, count, damages } = await scan(file, head, size)
  for (const { offset, bytes, lastLost } of damages)
    await writeAll(file, encodeFiller(bytes, { mark, number: lastLost + 1, count, time: head.time }), offset)
  if (end < size) await file.truncate(end)
  if (nextFirst !== undefined && nextNumber < nextFirst) {
    const filler = encodeFiller(GROUP_HEADER, { mark, number: nextFirst, count, time: head.time })
    await writeAll(file, filler, end)
  }
  await file.sync()
}

/** Of a head or a cursor; a new one when none can be read. */
async function knownEpoch(files: Files, folder: string): Promise<string> {
  const names = await files.names(folder)
  const epoch = await epochAmong(files, folder, segmentsAmong(names))
  if (epoch !== undefined) return epoch
  for (const reader of cursorsAmong(names)) {
    const place = await readPlace(files, folder, reader)
    if (place !== undefined) return place.epoch
  }
  return randomUUID()
}
