import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { DESCRIPTOR_LENGTH } from '../gallery/shared-gallery.ts'
import { borrow } from '../memory.ts'
import { isDescribed, type KnownEntry, NO_FACE } from './known-entry.ts'

const MAGIC = Buffer.from('LPFACES1')
const ROW_BYTES = DESCRIPTOR_LENGTH * Float32Array.BYTES_PER_ELEMENT
const HASH_BYTES = 32
const SIZES_BYTES = 8
/** Entries of a block that is written: about a millisecond of work; and the most that are read of one. */
const BLOCK = 256
const MAX_BLOCK = 1024
/** More lines than any block can have; a larger number is not a length. */
const MAX_LINES_BYTES = 64 * 1024 * 1024

/** A known image in the file: name, stamp, SHA-256, number of faces, since when it is held. With 0 faces it has no embedding. */
type Line = [name: string, stamp: string, content: string, faces: number, heldSince?: number]

export interface SavedGallery {
  entries: KnownEntry[]
  /** A row for each described image; `place` says which. */
  descriptors: Float32Array
}

/**
 * Writes the described images, and those without a face, to an empty file:
 *
 *     "LPFACES1" | block … | SHA-256 of all before
 *     block: bytes of lines u32 | rows u32 | lines (JSON, \n) | rows x 128 float32      the first block: the maker, no rows
 *
 * Numbers are little-endian. Memory for one block at a time, however many there are.
 */
export async function writeGallery(file: FileHandle, maker: string, entries: Iterable<KnownEntry>): Promise<void> {
  const check = createHash('sha256')
  const write = async (bytes: Buffer) => {
    check.update(bytes)
    await file.writeFile(bytes)
  }
  await write(Buffer.concat([MAGIC, blockOf([JSON.stringify(maker)], [])]))
  let lines: string[] = []
  let rows: Float32Array[] = []
  for (const entry of entries) {
    const line = lineOf(entry)
    if (!line) continue
    lines.push(JSON.stringify(line))
    if (isDescribed(entry) && entry.descriptor) rows.push(entry.descriptor)
    if (lines.length < BLOCK) continue
    await write(blockOf(lines, rows))
    lines = []
    rows = []
  }
  if (lines.length > 0) await write(blockOf(lines, rows))
  await file.writeFile(check.digest())
}

/** What writeGallery wrote. Throws when the engine is another one, or the checksum is wrong. */
export async function readGallery(file: FileHandle, maker: string): Promise<SavedGallery> {
  const { size } = await file.stat()
  const check = createHash('sha256')
  let left = size - HASH_BYTES
  const take = async (length: number) => {
    if (length > left) throw new Error('It is cut off.')
    left -= length
    const bytes = await read(file, length)
    check.update(bytes)
    return bytes
  }
  if (!(await take(MAGIC.length)).equals(MAGIC)) throw new Error('It is not a file of descriptors.')
  const { lines } = await readBlock(take)
  if (lines[0] !== maker) throw new Error(`It was made by ${lines[0]}, and this is ${maker}.`)
  const entries: KnownEntry[] = []
  // Rows are nearly all of the file.
  const descriptors = new Float32Array(borrow(Math.floor(left / ROW_BYTES) * ROW_BYTES))
  let rows = 0
  while (left > 0) {
    const block = await readBlock(take)
    descriptors.set(block.rows, rows * DESCRIPTOR_LENGTH)
    for (const line of block.lines as Line[]) entries.push(entryOf(line, line[3] > 0 ? rows++ : -1))
  }
  if (!check.digest().equals(await read(file, HASH_BYTES))) throw new Error('Its checksum does not fit.')
  return { entries, descriptors }
}

/** Only what the picture itself decides is worth keeping: a file that could not be read may be readable at the next start. */
function lineOf(entry: KnownEntry): Line | undefined {
  if (isDescribed(entry)) {
    const { name, stamp, content, faces, heldSince } = entry
    return heldSince === undefined ? [name, stamp, content, faces] : [name, stamp, content, faces, heldSince]
  }
  return entry.reason === NO_FACE && entry.content ? [entry.name, entry.stamp, entry.content, 0] : undefined
}

function entryOf([name, stamp, content, faces, heldSince]: Line, place: number): KnownEntry {
  if (faces === 0) return { name, stamp, content, skipped: 'There is no face on it.', reason: NO_FACE }
  // With room for all that comes later, which is smaller than adding it.
  const entry = { name, stamp, content, faces, descriptor: undefined, place, scan: 0 }
  return heldSince === undefined ? entry : { ...entry, heldSince }
}

function blockOf(lines: string[], rows: Float32Array[]): Buffer {
  const text = Buffer.from(lines.join('\n'))
  const block = Buffer.allocUnsafe(SIZES_BYTES + text.length + rows.length * ROW_BYTES)
  block.writeUInt32LE(text.length, 0)
  block.writeUInt32LE(rows.length, 4)
  text.copy(block, SIZES_BYTES)
  for (const [i, { buffer, byteOffset, byteLength }] of rows.entries())
    block.set(new Uint8Array(buffer, byteOffset, byteLength), SIZES_BYTES + text.length + i * ROW_BYTES)
  return block
}

async function readBlock(take: (length: number) => Promise<Buffer>): Promise<{ lines: unknown[]; rows: Float32Array }> {
  const sizes = await take(SIZES_BYTES)
  const [linesBytes, rowCount] = [sizes.readUInt32LE(0), sizes.readUInt32LE(4)]
  if (linesBytes > MAX_LINES_BYTES || rowCount > MAX_BLOCK) throw new Error('Its lengths are out of range.')
  const lines = JSON.parse(`[${(await take(linesBytes)).toString().replaceAll('\n', ',')}]`) as unknown[]
  const rows = new Float32Array(rowCount * DESCRIPTOR_LENGTH)
  new Uint8Array(rows.buffer).set(await take(rowCount * ROW_BYTES))
  return { lines, rows }
}

async function read(file: FileHandle, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done)
    if (bytesRead === 0) throw new Error('It is cut off.')
    done += bytesRead
  }
  return bytes
}
