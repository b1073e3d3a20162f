import { BitReader, withoutEmulationPrevention } from './bit-reader.ts'
import { box } from './boxes.ts'
import { ConfigurationError } from './configuration-error.ts'
import { type Codec, videoFormat } from './track-format.ts'

/** Where the parameter sets are in an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3). */
const ARRAYS_AT = 22
const SPS = 33
const PROFILE_SPACES = ['', 'A', 'B', 'C']

/** H.265. */
export const hevc: Codec = {
  read(configuration) {
    if (configuration.length <= ARRAYS_AT || configuration[0] !== 1)
      throw new ConfigurationError('This is no configuration of H.265.')
    return videoFormat({
      entry: 'hvc1',
      codec: `hvc1.${describeProfile(configuration)}`,
      ...readSps(withoutEmulationPrevention(findSps(configuration))),
      configuration: box('hvcC', configuration),
    })
  },
}

/** Profile, compatibility, tier and level, and constraints (ISO/IEC 14496-15, E.3). */
function describeProfile(configuration: Buffer): string {
  const reader = new BitReader(configuration.subarray(1))
  const space = PROFILE_SPACES[reader.bits(2)] as string
  const tier = reader.flag() ? 'H' : 'L'
  const profile = reader.bits(5)
  let compatibility = 0
  for (let bit = 0; bit < 32; bit++) compatibility += reader.bits(1) * 2 ** bit
  const constraints = [...configuration.subarray(6, 12)]
  while (constraints.at(-1) === 0) constraints.pop()
  const level = configuration[12] as number
  const bytes = constraints.map((byte) => byte.toString(16))
  return [`${space}${profile}`, compatibility.toString(16), `${tier}${level}`, ...bytes].join('.').toUpperCase()
}

function findSps(configuration: Buffer): Buffer {
  const reader = new BitReader(configuration.subarray(ARRAYS_AT))
  let at = ARRAYS_AT + 1
  for (let arrays = reader.bits(8); arrays > 0; arrays--) {
    const type = reader.bits(8) & 0x3f
    at += 3
    for (let count = reader.bits(16); count > 0; count--) {
      const size = reader.bits(16)
      if (type === SPS) return configuration.subarray(at + 2, at + 2 + size)
      reader.skip(size * 8)
      at += 2 + size
    }
  }
  throw new ConfigurationError('The configuration of H.265 has no sequence parameter set.')
}

/** The size of pictures in a sequence parameter set (ITU-T H.265, 7.3.2.2). */
function readSps(sps: Uint8Array): { width: number; height: number } {
  const reader = new BitReader(sps)
  reader.skip(16 + 4) // header of the NAL unit, sps_video_parameter_set_id
  const subLayers = reader.bits(3)
  reader.skip(1) // sps_temporal_id_nesting_flag
  skipProfile(reader, subLayers)
  reader.unsigned() // id
  const chroma = reader.unsigned()
  if (chroma === 3) reader.skip(1) // separate_colour_plane_flag
  const width = reader.unsigned()
  const height = reader.unsigned()
  const [left, right, top, bottom] = reader.flag()
    ? [reader.unsigned(), reader.unsigned(), reader.unsigned(), reader.unsigned()]
    : [0, 0, 0, 0]
  const unitWidth = chroma === 1 || chroma === 2 ? 2 : 1
  const unitHeight = chroma === 1 ? 2 : 1
  return { width: width - (left + right) * unitWidth, height: height - (top + bottom) * unitHeight }
}

/** profile_tier_level (7.3.3). */
function skipProfile(reader: BitReader, subLayers: number): void {
  reader.skip(96)
  if (subLayers === 0) return
  const bits: number[] = []
  for (let layer = 0; layer < subLayers; layer++) bits.push((reader.flag() ? 88 : 0) + (reader.flag() ? 8 : 0))
  reader.skip((8 - subLayers) * 2)
  for (const count of bits) reader.skip(count)
}
