import { BitReader } from './bit-reader.ts'
import { box } from './boxes.ts'
import { ConfigurationError } from './configuration-error.ts'
import { type Codec, videoFormat } from './track-format.ts'

/** Where the OBUs are in an AV1CodecConfigurationRecord ("AV1 Codec ISO Media File Format Binding", 2.3.3). */
const OBUS_AT = 4
/** Marker and version of that record. */
const RECORD_VERSION = 0x81
const SEQUENCE_HEADER = 1
const TEMPORAL_DELIMITER = 2

/** AV1. */
export const av1: Codec = {
  read(configuration, keyFrame) {
    if (configuration.length < OBUS_AT || configuration[0] !== RECORD_VERSION)
      throw new ConfigurationError('This is no configuration of AV1.')
    // The record may leave the sequence header to the key frames.
    const header = findObu(configuration.subarray(OBUS_AT), SEQUENCE_HEADER) ?? findObu(keyFrame, SEQUENCE_HEADER)
    if (!header) throw new ConfigurationError('The configuration of AV1 has no sequence header.')
    return videoFormat({
      entry: 'av01',
      codec: `av01.${describeProfile(configuration)}`,
      ...readSequenceHeader(header),
      configuration: box('av1C', configuration),
      sampleOf: withoutTemporalDelimiter,
    })
  },
}

/** Profile, level, tier and bit depth (the same, 5). */
function describeProfile(configuration: Buffer): string {
  const reader = new BitReader(configuration.subarray(1))
  const profile = reader.bits(3)
  const level = String(reader.bits(5)).padStart(2, '0')
  const tier = reader.flag() ? 'H' : 'M'
  const depth = reader.flag() ? (reader.flag() ? 12 : 10) : 8
  return `${profile}.${level}${tier}.${String(depth).padStart(2, '0')}`
}

/** Samples do not have one (the same, 2.4). */
function withoutTemporalDelimiter(frame: Buffer): Buffer {
  const first = frame.length > 0 ? readObu(frame, 0) : undefined
  return first?.type === TEMPORAL_DELIMITER ? frame.subarray(first.end) : frame
}

function findObu(bytes: Buffer, type: number): Buffer | undefined {
  for (let at = 0; at < bytes.length; ) {
    const obu = readObu(bytes, at)
    if (obu.type === type) return bytes.subarray(obu.begin, obu.end)
    at = obu.end
  }
  return undefined
}

/** Header and size of an open bitstream unit (AV1 bitstream, 5.3); without a size it goes to the end. */
function readObu(bytes: Buffer, at: number): { type: number; begin: number; end: number } {
  const header = bytes[at] as number
  const type = (header >> 3) & 15
  const sizeAt = at + (header & 4 ? 2 : 1)
  if (!(header & 2)) return { type, begin: sizeAt, end: bytes.length }
  let size = 0
  let begin = sizeAt
  for (let shift = 0; shift < 8; shift++) {
    const byte = bytes[begin++] ?? 0
    size += (byte & 0x7f) * 128 ** shift
    if (byte < 0x80) break
  }
  return { type, begin, end: Math.min(begin + size, bytes.length) }
}

/** The size of pictures in a sequence header (AV1 bitstream, 5.5.1). */
function readSequenceHeader(header: Buffer): { width: number; height: number } {
  const reader = new BitReader(header)
  reader.skip(3 + 1) // seq_profile, still_picture
  const isReduced = reader.flag()
  if (isReduced)
    reader.skip(5) // seq_level_idx
  else skipOperatingPoints(reader)
  const widthBits = reader.bits(4) + 1
  const heightBits = reader.bits(4) + 1
  return { width: reader.bits(widthBits) + 1, height: reader.bits(heightBits) + 1 }
}

function skipOperatingPoints(reader: BitReader): void {
  const hasTiming = reader.flag()
  if (hasTiming) {
    reader.skip(32 + 32) // num_units_in_display_tick, time_scale
    if (reader.flag()) reader.unsigned() // num_ticks_per_picture_minus_1
  }
  let delayBits = 0
  const hasDecoderModel = hasTiming && reader.flag()
  if (hasDecoderModel) {
    delayBits = reader.bits(5) + 1
    reader.skip(32 + 5 + 5) // num_units_in_decoding_tick, lengths of two times
  }
  const hasDisplayDelay = reader.flag()
  for (let points = reader.bits(5) + 1; points > 0; points--) {
    reader.skip(12) // operating_point_idc
    if (reader.bits(5) > 7) reader.skip(1) // seq_tier
    if (hasDecoderModel && reader.flag()) reader.skip(2 * delayBits + 1) // delays of decoder and encoder, low_delay_mode_flag
    if (hasDisplayDelay && reader.flag()) reader.skip(4) // initial_display_delay_minus_1
  }
}
