import type { Random } from './random.ts'

/** Most of the changes to one file. */
const MAX_CHANGES = 4
/** The first bytes, where sizes and lengths stand; a quarter of the changes is there. */
const HEADER = 256

/** A file that was a picture; the same for the same random numbers. */
export function mutate(file: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  let bytes = Buffer.from(file)
  for (let change = 1 + random.small(MAX_CHANGES); change > 0; change--) {
    const next = random.of(CHANGES)(bytes, placeIn(bytes, random), random, others)
    if (next.length > 0) bytes = Buffer.from(next)
  }
  return bytes
}

function placeIn(bytes: Buffer, random: Random): number {
  return random.below(random.below(4) === 0 ? Math.min(HEADER, bytes.length) : bytes.length)
}

type Change = (bytes: Buffer, at: number, random: Random, others: readonly Buffer[]) => Uint8Array

/** Small changes more often than those that no decoder forgives. */
const CHANGES: readonly Change[] = [
  ...[flipBit, flipBit, flipBit, setByte, setByte, setByte, setNumber, setNumber],
  ...[zero, cutOff, remove, repeat, insert, swap, splice],
]

function flipBit(bytes: Buffer, at: number, random: Random): Buffer {
  bytes[at] = (bytes[at] as number) ^ (1 << random.below(8))
  return bytes
}

function setByte(bytes: Buffer, at: number, random: Random): Buffer {
  bytes[at] = random.of([0, 1, 0x7f, 0x80, 0xff, random.below(256)])
  return bytes
}

/** A length or a size that is much too large, too small or negative. */
function setNumber(bytes: Buffer, at: number, random: Random): Buffer {
  const value = random.of([0, 1, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff])
  const length = Math.min(random.of([2, 4]), bytes.length - at)
  const mask = 2 ** (8 * length) - 1
  if (random.below(2) === 0) bytes.writeUIntBE(Math.min(value, mask), at, length)
  else bytes.writeUIntLE(Math.min(value, mask), at, length)
  return bytes
}

function zero(bytes: Buffer, at: number, random: Random): Buffer {
  return bytes.fill(0, at, Math.min(bytes.length, at + 1 + random.small(512)))
}

function cutOff(bytes: Buffer, at: number): Buffer {
  return bytes.subarray(0, at)
}

function remove(bytes: Buffer, at: number, random: Random): Buffer {
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.small(512))])
}

function repeat(bytes: Buffer, at: number, random: Random): Buffer {
  const part = bytes.subarray(at, at + 1 + random.small(512))
  return Buffer.concat([bytes.subarray(0, at), ...Array<Buffer>(1 + random.small(16)).fill(part), bytes.subarray(at)])
}

function insert(bytes: Buffer, at: number, random: Random): Buffer {
  const noise = Buffer.from(Array.from({ length: 1 + random.small(64) }, () => random.below(256)))
  return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)])
}

function swap(bytes: Buffer, at: number, random: Random): Buffer {
  const other = random.below(bytes.length)
  const [first, second] = [Math.min(at, other), Math.max(at, other)]
  const length = Math.min(second - first, bytes.length - second, 1 + random.small(512))
  const part = Buffer.from(bytes.subarray(first, first + length))
  bytes.copyWithin(first, second, second + length)
  part.copy(bytes, second)
  return bytes
}

/** Goes on as another file, maybe of another format. */
function splice(bytes: Buffer, at: number, random: Random, others: readonly Buffer[]): Buffer {
  const other = random.of(others)
  return Buffer.concat([bytes.subarray(0, at), other.subarray(placeIn(other, random))])
}
