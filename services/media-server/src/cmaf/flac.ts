import { BitReader } from './bit-reader.ts'
import { fullBox } from './boxes.ts'
import { ConfigurationError } from './configuration-error.ts'
import { audioFormat, type Codec } from './track-format.ts'

/** What a file begins with: its signature, and the header of its first metadata block (RFC 9639, 8). */
const SIGNATURE = Buffer.from('fLaC')
const BLOCK_HEADER_BYTES = 4
const STREAMINFO_BYTES = 34
/** The last block, of type STREAMINFO. */
const BLOCK_HEADER = Buffer.of(0x80, 0, 0, STREAMINFO_BYTES)

/** FLAC, by the STREAMINFO of its stream. */
export const flac: Codec = {
  read(configuration) {
    // Some encoders send what a file begins with.
    const isFile = configuration.subarray(0, SIGNATURE.length).equals(SIGNATURE)
    const block = configuration.subarray(isFile ? SIGNATURE.length + BLOCK_HEADER_BYTES : 0)
    if (block.length < STREAMINFO_BYTES) throw new ConfigurationError('This is no configuration of FLAC.')
    const streamInfo = block.subarray(0, STREAMINFO_BYTES)
    const reader = new BitReader(streamInfo)
    reader.skip(16) // smallest block
    const largestBlock = reader.bits(16)
    reader.skip(24 + 24) // sizes of frames
    const timescale = reader.bits(20)
    const channels = reader.bits(3) + 1
    return audioFormat({
      entry: 'fLaC',
      codec: 'flac',
      timescale,
      channels,
      configuration: fullBox('dfLa', 0, 0, BLOCK_HEADER, streamInfo),
      durationOf: (frame) => durationOf(frame) ?? largestBlock,
    })
  },
}

/** Samples of a frame, as its header says them (RFC 9639, 9.1.1); undefined: it does not. */
function durationOf(frame: Buffer): number | undefined {
  const code = (frame[2] ?? 0) >> 4
  if (code === 0) return undefined
  if (code === 1) return 192
  if (code < 6) return 144 * 2 ** code
  if (code >= 8) return 2 ** code
  // Behind the number of the frame, which is coded like a character of UTF-8.
  const at = 4 + Math.max(1, Math.clz32(~((frame[4] ?? 0) << 24)))
  if (frame.length < at + 2) return undefined
  return (code === 6 ? (frame[at] as number) : frame.readUInt16BE(at)) + 1
}
