import { BitReader } from './bit-reader.ts'
import { fullBox } from './boxes.ts'
import { ConfigurationError } from './configuration-error.ts'
import { type Codec, videoFormat } from './track-format.ts'

/** The fields of a VPCodecConfigurationRecord ("VP Codec ISO Media File Format Binding"), and version and flags of its box before it. */
const RECORD_BYTES = 8
const VERSION_AND_FLAGS = Buffer.of(1, 0, 0, 0)
const SYNC_CODE = 0x49_8342
const RGB = 7

/** VP9. */
export const vp9: Codec = {
  read(configuration, keyFrame) {
    // Some encoders send the content of the box, some the record in it, where the second byte is a level.
    const isBox = configuration.subarray(0, VERSION_AND_FLAGS.length).equals(VERSION_AND_FLAGS)
    const record = isBox ? configuration.subarray(VERSION_AND_FLAGS.length) : configuration
    if (record.length < RECORD_BYTES) throw new ConfigurationError('This is no configuration of VP9.')
    const [profile = 0, level = 0, depth = 0] = record
    return videoFormat({
      entry: 'vp09',
      codec: `vp09.${[profile, level, depth >> 4].map((number) => String(number).padStart(2, '0')).join('.')}`,
      ...readSize(keyFrame),
      configuration: fullBox('vpcC', 1, 0, record),
    })
  },
}

/** The size of pictures, which only a key frame's uncompressed header has (VP9 bitstream, 6.2). */
function readSize(keyFrame: Buffer): { width: number; height: number } {
  const reader = new BitReader(keyFrame)
  reader.skip(2) // frame_marker
  const profile = reader.bits(1) + 2 * reader.bits(1)
  if (profile === 3) reader.skip(1)
  reader.skip(4) // show_existing_frame, frame_type, show_frame, error_resilient_mode
  if (reader.bits(24) !== SYNC_CODE) throw new ConfigurationError('This is no key frame of VP9.')
  if (profile >= 2) reader.skip(1) // ten_or_twelve_bit
  const hasSubsampling = profile % 2 === 1
  if (reader.bits(3) === RGB) reader.skip(hasSubsampling ? 1 : 0)
  else reader.skip(hasSubsampling ? 4 : 1) // color_range, subsampling
  return { width: reader.bits(16) + 1, height: reader.bits(16) + 1 }
}
