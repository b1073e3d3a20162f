import type { TrackKind } from './presentation.ts'

/** A frame as it is stored. Times are in units of the track's timescale. */
export interface Sample {
  /** When it is decoded. */
  time: number
  duration: number
  /** From decoding to presentation; may be negative. */
  offset: number
  isKey: boolean
  bytes: Buffer
}

/**
 * A chunk of CMAF has one layout here (ISO/IEC 14496-12, 8.8):
 *
 *     moof: mfhd | traf: tfhd | tfdt | trun with its samples || mdat
 */
const MFHD_BYTES = 16
const TFHD_BYTES = 20
const TFDT_BYTES = 20
const TRUN_HEADER_BYTES = 20
const BOX_HEADER_BYTES = 8
const MOOF_HEADER_BYTES = 2 * BOX_HEADER_BYTES + MFHD_BYTES + TFHD_BYTES + TFDT_BYTES + TRUN_HEADER_BYTES
/** Duration and size of a sample of sound; of a picture flags and composition offset, too. */
const SAMPLE_BYTES = { audio: 8, video: 16 }

const TRACK_ID = 1
/** Addresses count from the `moof` on; there are default flags. */
const TFHD_FLAGS = 0x02_0020
const VERSION_1 = 0x0100_0000
/** Where the data begin; then what is said of each sample. Version 1 has signed offsets. */
const TRUN_FLAGS = { audio: VERSION_1 | 0x0301, video: VERSION_1 | 0x0f01 }
const INDEPENDENT = 0x0200_0000
const DEPENDENT = 0x0101_0000

/**
 * One `moof` and one `mdat`: the only copy of the samples.
 * @param allocate memory of so many bytes, which are all written
 */
export function fragment(
  kind: TrackKind,
  sequence: number,
  samples: readonly Sample[],
  allocate: (size: number) => Buffer = Buffer.allocUnsafeSlow,
): Buffer {
  const dataBytes = samples.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const moofBytes = MOOF_HEADER_BYTES + samples.length * SAMPLE_BYTES[kind]
  const trunBytes = TRUN_HEADER_BYTES + samples.length * SAMPLE_BYTES[kind]
  const bytes = allocate(moofBytes + BOX_HEADER_BYTES + dataBytes)
  let at = 0
  const write = (value: number) => {
    at = bytes.writeUInt32BE(value, at)
  }
  const begin = (size: number, type: string) => {
    write(size)
    at += bytes.write(type, at, 'latin1')
  }
  begin(moofBytes, 'moof')
  begin(MFHD_BYTES, 'mfhd')
  write(0)
  write(sequence % 2 ** 32)
  begin(moofBytes - BOX_HEADER_BYTES - MFHD_BYTES, 'traf')
  begin(TFHD_BYTES, 'tfhd')
  write(TFHD_FLAGS)
  write(TRACK_ID)
  write(INDEPENDENT)
  begin(TFDT_BYTES, 'tfdt')
  write(VERSION_1)
  const time = samples[0]?.time ?? 0
  write(Math.floor(time / 2 ** 32))
  write(time % 2 ** 32)
  begin(trunBytes, 'trun')
  write(TRUN_FLAGS[kind])
  write(samples.length)
  write(moofBytes + BOX_HEADER_BYTES)
  for (const { duration, bytes: data, isKey, offset } of samples) {
    write(duration)
    write(data.length)
    if (kind === 'audio') continue
    write(isKey ? INDEPENDENT : DEPENDENT)
    at = bytes.writeInt32BE(offset, at)
  }
  begin(BOX_HEADER_BYTES + dataBytes, 'mdat')
  for (const { bytes: data } of samples) at += data.copy(bytes, at)
  return bytes
}

/** The first sample of a fragment that was made here. */
export function firstSample(kind: TrackKind, bytes: Buffer): Sample {
  const tfdt = 2 * BOX_HEADER_BYTES + MFHD_BYTES + TFHD_BYTES
  const entry = MOOF_HEADER_BYTES
  const data = bytes.readUInt32BE() + BOX_HEADER_BYTES
  return {
    time: bytes.readUInt32BE(tfdt + 12) * 2 ** 32 + bytes.readUInt32BE(tfdt + 16),
    duration: bytes.readUInt32BE(entry),
    isKey: kind === 'audio' || bytes.readUInt32BE(entry + 8) === INDEPENDENT,
    offset: kind === 'audio' ? 0 : bytes.readInt32BE(entry + 12),
    bytes: bytes.subarray(data, data + bytes.readUInt32BE(entry + 4)),
  }
}
