import { scansOf } from '@livepods/images/jpeg-scans'
import { sniff } from '@livepods/images/sniff'

/** Fewer bytes do not tell the format of a file. */
const LEAST = 12
/** So many zeros at the end of a file are preallocated space that was never written. */
const ZEROS = 16

/** Whether the end of a file is missing, or has not been written yet: it is shorter than it says itself, or ends in nothing but zeros. */
export function isCutOff(bytes: Buffer): boolean {
  return bytes.length < LEAST || endsInZeros(bytes) || lacksItsEnd(bytes)
}

/** Whether a JPEG ends in preallocated space: a decoder takes its zeros for data. */
export function isPartlyZeros(jpeg: Buffer): boolean {
  return endsInZeros(jpeg) && !scansOf(jpeg).ended
}

function lacksItsEnd(bytes: Buffer): boolean {
  try {
    switch (sniff(bytes)) {
      case 'jpeg':
        return !scansOf(bytes).ended
      case 'png':
        return pngLacksItsEnd(bytes)
      case 'webp':
        return bytes.readUInt32LE(4) + 8 > bytes.length
      case 'gif':
        return bytes.at(-1) !== 0x3b
      case 'tiff':
        return tiffLacksItsEnd(bytes)
      case 'avif':
        return boxesLackTheirEnd(bytes)
      case 'heic':
      case undefined:
        return false
    }
  } catch (error) {
    // Reading beyond the end of what is there.
    if (error instanceof RangeError) return true
    throw error
  }
}

function endsInZeros(bytes: Buffer): boolean {
  return bytes.length >= ZEROS && bytes.subarray(-ZEROS).every((byte) => byte === 0)
}

/** Chunks of length (4), type (4), data, check sum (4), up to IEND. */
function pngLacksItsEnd(bytes: Buffer): boolean {
  let at = 8
  while (bytes.toString('latin1', at + 4, at + 8) !== 'IEND') at += 12 + bytes.readUInt32BE(at)
  return at + 12 > bytes.length
}

/** ISO 14496-12: boxes of size (4) and type (4); size 1: the size follows (8); size 0: up to the end of the file. */
function boxesLackTheirEnd(bytes: Buffer): boolean {
  let at = 0
  while (at < bytes.length) {
    let size = bytes.readUInt32BE(at)
    if (size === 0) return false
    if (size === 1) size = Number(bytes.readBigUInt64BE(at + 8))
    at += Math.max(8, size)
  }
  return at > bytes.length
}

const STRIPS = { offsets: [273, 324], counts: [279, 325] }

/**
 * The first directory: entries of tag, type, count and value (or where the values lie). In a classic TIFF numbers have 4 bytes, in a BigTIFF 8. The
 * strips or tiles of the picture must lie in the file, and so must the directory, which many programs write last.
 */
function tiffLacksItsEnd(bytes: Buffer): boolean {
  const little = bytes[0] === 0x49
  const number = (at: number, size: number) => {
    if (size === 8) return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
    return little ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size)
  }
  const big = number(2, 2) === 43
  const word = big ? 8 : 4
  const directory = number(big ? 8 : 4, word)
  const valuesOf = (entry: number): number[] => {
    const size = { 3: 2, 4: 4, 16: 8 }[number(entry + 2, 2)] ?? 4
    const count = number(entry + 4, word)
    if (count > bytes.length) throw new RangeError('More values than bytes.')
    const inline = entry + 4 + word
    const from = size * count <= word ? inline : number(inline, word)
    return Array.from({ length: count }, (_, i) => number(from + i * size, size))
  }
  const entries = number(directory, big ? 8 : 2)
  const length = big ? 20 : 12
  let offsets: number[] = []
  let counts: number[] = []
  for (let i = 0; i < entries; i++) {
    const entry = directory + (big ? 8 : 2) + i * length
    const tag = number(entry, 2)
    if (STRIPS.offsets.includes(tag)) offsets = valuesOf(entry)
    if (STRIPS.counts.includes(tag)) counts = valuesOf(entry)
  }
  return offsets.some((offset, i) => offset + (counts[i] ?? 0) > bytes.length)
}
