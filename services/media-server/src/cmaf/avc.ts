import { BitReader, withoutEmulationPrevention } from './bit-reader.ts'
import { box } from './boxes.ts'
import { ConfigurationError } from './configuration-error.ts'
import { type Codec, videoFormat } from './track-format.ts'

/** Where the first sequence parameter set's size is in an AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3). */
const SPS_SIZE_AT = 6
/** Profiles whose sequence parameter set says how colours are sampled (ITU-T H.264, 7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])
const MACROBLOCK = 16
/** Sample aspect ratios by their number (ITU-T H.264, table E-1); 255 brings its own. */
const ASPECTS: readonly (readonly [width: number, height: number])[] = [
  [1, 1],
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
]
const OWN_ASPECT = 255

/** H.264. */
export const avc: Codec = {
  read(configuration) {
    if (configuration.length < SPS_SIZE_AT + 2 || configuration[0] !== 1)
      throw new ConfigurationError('This is no configuration of H.264.')
    const size = configuration.readUInt16BE(SPS_SIZE_AT)
    const sps = configuration.subarray(SPS_SIZE_AT + 2, SPS_SIZE_AT + 2 + size)
    return videoFormat({
      entry: 'avc1',
      codec: `avc1.${configuration.toString('hex', 1, 4)}`,
      ...readSps(withoutEmulationPrevention(sps)),
      configuration: box('avcC', configuration),
    })
  },
}

/** The size of pictures in a sequence parameter set (ITU-T H.264, 7.3.2.1.1). */
function readSps(sps: Uint8Array): { width: number; height: number; pixelAspect: number } {
  const reader = new BitReader(sps)
  reader.skip(8) // header of the NAL unit
  const profile = reader.bits(8)
  reader.skip(16) // constraints and level
  reader.unsigned() // id
  const chroma = HIGH_PROFILES.has(profile) ? readHighProfile(reader) : 1
  reader.unsigned() // log2_max_frame_num_minus4
  skipPictureOrder(reader)
  reader.unsigned() // max_num_ref_frames
  reader.skip(1) // gaps_in_frame_num_value_allowed_flag
  const columns = reader.unsigned() + 1
  const rows = reader.unsigned() + 1
  const isProgressive = reader.flag()
  if (!isProgressive) reader.skip(1) // mb_adaptive_frame_field_flag
  reader.skip(1) // direct_8x8_inference_flag
  const fields = isProgressive ? 1 : 2
  const [left, right, top, bottom] = reader.flag()
    ? [reader.unsigned(), reader.unsigned(), reader.unsigned(), reader.unsigned()]
    : [0, 0, 0, 0]
  const unitWidth = chroma === 1 || chroma === 2 ? 2 : 1
  const unitHeight = (chroma === 1 ? 2 : 1) * fields
  return {
    width: columns * MACROBLOCK - (left + right) * unitWidth,
    height: rows * MACROBLOCK * fields - (top + bottom) * unitHeight,
    pixelAspect: reader.flag() && reader.flag() ? readAspect(reader) : 1,
  }
}

/** Returns chroma_format_idc. */
function readHighProfile(reader: BitReader): number {
  const chroma = reader.unsigned()
  if (chroma === 3) reader.skip(1) // separate_colour_plane_flag
  reader.unsigned() // bit_depth_luma_minus8
  reader.unsigned() // bit_depth_chroma_minus8
  reader.skip(1) // qpprime_y_zero_transform_bypass_flag
  const hasScaling = reader.flag()
  for (let list = 0; hasScaling && list < (chroma === 3 ? 12 : 8); list++)
    if (reader.flag()) skipScalingList(reader, list < 6 ? 16 : 64)
  return chroma
}

/** ITU-T H.264, 7.3.2.1.1.1. */
function skipScalingList(reader: BitReader, size: number): void {
  let last = 8
  let next = 8
  for (let count = 0; count < size; count++) {
    if (next !== 0) next = (last + reader.signed() + 256) % 256
    if (next !== 0) last = next
  }
}

function skipPictureOrder(reader: BitReader): void {
  const type = reader.unsigned()
  if (type === 0) reader.unsigned() // log2_max_pic_order_cnt_lsb_minus4
  if (type !== 1) return
  reader.skip(1) // delta_pic_order_always_zero_flag
  reader.signed() // offset_for_non_ref_pic
  reader.signed() // offset_for_top_to_bottom_field
  for (let left = reader.unsigned(); left > 0; left--) reader.signed() // offset_for_ref_frame
}

function readAspect(reader: BitReader): number {
  const number = reader.bits(8)
  const [width, height] = number === OWN_ASPECT ? [reader.bits(16), reader.bits(16)] : (ASPECTS[number] ?? [1, 1])
  return width > 0 && height > 0 ? width / height : 1
}
