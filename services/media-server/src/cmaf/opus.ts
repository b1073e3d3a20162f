import { box, u16, u32 } from './boxes.ts'
import { ConfigurationError } from './configuration-error.ts'
import { audioFormat, type Codec } from './track-format.ts'

/** Hz: whatever was recorded, Opus is decoded at this rate. */
const RATE = 48_000
const MAGIC = Buffer.from('OpusHead')
/** An identification header with one stream (RFC 7845, 5.1); more streams have a table behind that. */
const HEADER_BYTES = 19
/** Samples of a frame, by the configuration number of a packet (RFC 6716, 3.1). */
const SILK = [480, 960, 1920, 2880]
const HYBRID = [480, 960]
const CELT = [120, 240, 480, 960]

/** Opus, by its identification header. */
export const opus: Codec = {
  read(configuration) {
    if (configuration.length < HEADER_BYTES || !configuration.subarray(0, MAGIC.length).equals(MAGIC))
      throw new ConfigurationError('This is no configuration of Opus.')
    const channels = configuration[9] as number
    return audioFormat({
      entry: 'Opus',
      codec: 'opus',
      timescale: RATE,
      channels,
      configuration: opusSpecificBox(configuration, channels),
      durationOf,
    })
  },
}

/** The header's fields once more, but with the highest byte first ("Encapsulation of Opus in ISO Base Media File Format", 4.3.2). */
function opusSpecificBox(header: Buffer, channels: number): Buffer {
  const family = header[18] as number
  const table = family === 0 ? Buffer.alloc(0) : header.subarray(HEADER_BYTES, HEADER_BYTES + 2 + channels)
  if (family !== 0 && table.length < 2 + channels) throw new ConfigurationError('The configuration of Opus is cut off.')
  const preSkip = u16(header.readUInt16LE(10))
  const inputRate = u32(header.readUInt32LE(12))
  const gain = u16(header.readUInt16LE(16))
  return box('dOps', Buffer.of(0, channels), preSkip, inputRate, gain, Buffer.of(family), table)
}

/** Samples of a packet (RFC 6716, 3.1 and 3.2). */
function durationOf([toc = 0, count = 0]: Buffer): number {
  const configuration = toc >> 3
  const samples =
    configuration < 12
      ? SILK[configuration & 3]
      : configuration < 16
        ? HYBRID[configuration & 1]
        : CELT[configuration & 3]
  const code = toc & 3
  const frames = code === 0 ? 1 : code < 3 ? 2 : count & 0x3f
  return (samples as number) * Math.max(1, frames)
}
