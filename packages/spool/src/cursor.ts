import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Files, OpenFile } from './files.ts'
import { readUint64, readUuid, writeUint64, writeUuid } from './group.ts'
import { writeAll } from './segment-writer.ts'

/** Where a reader goes on. */
export interface Place {
  /** The next record that is not acknowledged. */
  number: number
  /** Where the group that has it begins: that many bytes into the segment whose first number is `segment`; 0: not known. */
  segment: number
  offset: number
  /** The epoch of the spool: what a segment's head has, too. */
  epoch: string
}

/** │ crc 4 │ zero 4 │ generation 8 │ number 8 │ segment 8 │ offset 8 │ epoch 16 │ zero 8 │     little-endian; at 0 and 2048 of the file */
const SLOT = 64
const FILE = 4096
const SUFFIX = '.cursor'

/**
 * The durable place of a reader. Two slots are written in turn, in place: a crash leaves the other one, and a full disk has room for it, so
 * what waits can drain.
 */
export class Cursor implements AsyncDisposable {
  readonly #file: OpenFile
  #place: Place
  #generation: number
  #wanted: Place | undefined
  #writing: Promise<void> | undefined

  private constructor(file: OpenFile, place: Place, generation: number) {
    this.#file = file
    this.#place = place
    this.#generation = generation
  }

  /** A new cursor file, durable. Rejects with DISK_FULL. */
  static async create(files: Files, folder: string, reader: string, place: Place): Promise<Cursor> {
    const path = join(folder, reader + SUFFIX)
    const file = await files.open(path, { create: true })
    const content = Buffer.alloc(FILE)
    encodeSlot(place, 1).copy(content, slotOffset(1))
    await writeAll(file, content, 0)
    await file.sync()
    await files.syncFolder(folder)
    return new Cursor(file, place, 1)
  }

  /** Undefined when neither slot of the file is whole. */
  static async open(files: Files, folder: string, reader: string): Promise<Cursor | undefined> {
    const file = await files.open(join(folder, reader + SUFFIX))
    const newest = await readNewest(file)
    if (newest === undefined) {
      await file.close()
      return undefined
    }
    const { place, generation } = newest
    // As with the last group: its sync may have failed, and the next write goes over the other slot.
    await writeAll(file, encodeSlot(place, generation), slotOffset(generation))
    await file.sync()
    return new Cursor(file, place, generation)
  }

  /** What is durable. */
  get place(): Place {
    return this.#place
  }

  /** Resolves when the place, or a later one, is durable. Calls meanwhile share the next write. */
  async move(place: Place): Promise<void> {
    if (place.number > (this.#wanted ?? this.#place).number) this.#wanted = place
    while (this.#place.number < place.number) {
      this.#writing ??= this.#write().finally(() => (this.#writing = undefined))
      await this.#writing
    }
  }

  async #write(): Promise<void> {
    const place = this.#wanted
    if (place === undefined) return
    const generation = this.#generation + 1
    await writeAll(this.#file, encodeSlot(place, generation), slotOffset(generation))
    await this.#file.sync()
    this.#generation = generation
    this.#place = place
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing?.catch(() => {})
    await this.#file.close()
  }
}

/** The readers whose cursors are among `names`. */
export function cursorsAmong(names: readonly string[]): string[] {
  return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length))
}

/** The place of a cursor that another process may be moving; undefined when neither slot is whole. */
export async function readPlace(files: Files, folder: string, reader: string): Promise<Place | undefined> {
  const file = await files.open(join(folder, reader + SUFFIX))
  try {
    return (await readNewest(file))?.place
  } finally {
    await file.close()
  }
}

async function readNewest(file: OpenFile) {
  const content = Buffer.alloc(FILE)
  await file.read(content, 0)
  const slots = [0, 1].map((generation) => decodeSlot(content.subarray(slotOffset(generation))))
  return slots.filter((slot) => slot !== undefined).sort((a, b) => b.generation - a.generation)[0]
}

function slotOffset(generation: number): number {
  return (generation % 2) * (FILE / 2)
}

function encodeSlot({ number, segment, offset, epoch }: Place, generation: number): Buffer {
  const slot = Buffer.alloc(SLOT)
  writeUint64(slot, generation, 8)
  writeUint64(slot, number, 16)
  writeUint64(slot, segment, 24)
  writeUint64(slot, offset, 32)
  writeUuid(slot, epoch, 40)
  slot.writeUInt32LE(crc32(slot.subarray(4)), 0)
  return slot
}

function decodeSlot(bytes: Buffer): { place: Place; generation: number } | undefined {
  const slot = bytes.subarray(0, SLOT)
  const generation = readUint64(slot, 8)
  if (generation === 0 || crc32(slot.subarray(4)) !== slot.readUInt32LE(0)) return undefined
  const place = {
    number: readUint64(slot, 16),
    segment: readUint64(slot, 24),
    offset: readUint64(slot, 32),
    epoch: readUuid(slot, 40),
  }
  return { place, generation }
}
