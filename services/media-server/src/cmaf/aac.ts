import { BitReader } from './bit-reader.ts'
import { fullBox, u16, u32, zeros } from './boxes.ts'
import { ConfigurationError } from './configuration-error.ts'
import { audioFormat, type Codec } from './track-format.ts'

/** Hz, by sampling frequency index (ISO/IEC 14496-3, table 1.18). */
const RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350]
const OWN_RATE = 15
/** Channels, by channel configuration (table 1.19); 0 brings its own. */
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8]

/** Audio object types (table 1.17). */
const SBR = 5
const PS = 29
const ESCAPE = 31
const ER_BSAC = 22
const LOW_DELAY = 23
const ENHANCED_LOW_DELAY = 39
/** Those that are configured by a GASpecificConfig (4.4.1): Main, LC, SSR, LTP, scalable, and the error resilient ones. */
const GENERAL = new Set([1, 2, 3, 4, 6, 7, 17, 19, 20, 21, ER_BSAC, LOW_DELAY])

/** Descriptors of MPEG-4 systems (ISO/IEC 14496-1, 7.2.6); up to this size it takes one byte to say the size. */
const MAX_DESCRIPTOR = 127
const AAC = 0x40
const AUDIO_STREAM = 0x15

/** AAC, by its AudioSpecificConfig. */
export const aac: Codec = {
  read(configuration) {
    const { type, coreRate, sampleRate, channels, frameSamples } = readConfiguration(new BitReader(configuration))
    return audioFormat({
      entry: 'mp4a',
      codec: `mp4a.40.${type}`,
      timescale: coreRate,
      sampleRate,
      channels,
      configuration: fullBox('esds', 0, 0, elementaryStream(configuration)),
      durationOf: () => frameSamples,
    })
  },
}

interface Configuration {
  /** The audio object type that names the codec. */
  type: number
  /** Hz, without and with spectral band replication. */
  coreRate: number
  sampleRate: number
  channels: number
  /** At the core's rate. */
  frameSamples: number
}

/** AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
function readConfiguration(reader: BitReader): Configuration {
  const type = readType(reader)
  const coreRate = readRate(reader)
  const channelConfiguration = reader.bits(4)
  const hasExtension = type === SBR || type === PS
  const sampleRate = hasExtension ? readRate(reader) : coreRate
  const coreType = hasExtension ? readType(reader) : type
  const isShort = reader.flag()
  if (coreType === ENHANCED_LOW_DELAY)
    return {
      type,
      coreRate,
      sampleRate,
      channels: CHANNELS[channelConfiguration] ?? 0,
      frameSamples: isShort ? 480 : 512,
    }
  if (!GENERAL.has(coreType)) throw new ConfigurationError(`AAC of type ${coreType} is not known here.`)
  if (reader.flag()) reader.skip(14) // coreCoderDelay
  reader.skip(1) // extensionFlag
  const channels = channelConfiguration === 0 ? readProgram(reader) : (CHANNELS[channelConfiguration] ?? 0)
  const frameSamples = coreType === LOW_DELAY ? (isShort ? 480 : 512) : isShort ? 960 : 1024
  return { type, coreRate, sampleRate, channels, frameSamples }
}

function readType(reader: BitReader): number {
  const type = reader.bits(5)
  return type === ESCAPE ? 32 + reader.bits(6) : type
}

function readRate(reader: BitReader): number {
  const index = reader.bits(4)
  const rate = index === OWN_RATE ? reader.bits(24) : RATES[index]
  if (rate === undefined) throw new ConfigurationError(`Sampling frequency ${index} is reserved.`)
  return rate
}

/** The channels of a program_config_element (ISO/IEC 14496-3, 4.4.1.1). */
function readProgram(reader: BitReader): number {
  reader.skip(10) // tag, object type, sampling frequency
  const [front, side, back, lowFrequency] = [reader.bits(4), reader.bits(4), reader.bits(4), reader.bits(2)]
  reader.skip(7) // associated data, coupling channels
  if (reader.flag()) reader.skip(4) // mono mixdown
  if (reader.flag()) reader.skip(4) // stereo mixdown
  if (reader.flag()) reader.skip(3) // matrix mixdown
  let channels = lowFrequency
  for (let element = 0; element < front + side + back; element++) {
    channels += reader.flag() ? 2 : 1
    reader.skip(4) // tag
  }
  return channels
}

/** ES_Descriptor with its DecoderConfigDescriptor (ISO/IEC 14496-14, 6.7.2). Bit rates are not known. */
function elementaryStream(configuration: Buffer): Buffer {
  const decoder = descriptor(4, Buffer.of(AAC, AUDIO_STREAM), zeros(3), u32(0), u32(0), descriptor(5, configuration))
  return descriptor(3, u16(0), zeros(1), decoder, descriptor(6, Buffer.of(2)))
}

function descriptor(tag: number, ...content: Buffer[]): Buffer {
  const bytes = Buffer.concat(content)
  if (bytes.length > MAX_DESCRIPTOR) throw new ConfigurationError('The configuration of AAC is too long.')
  return Buffer.concat([Buffer.of(tag, bytes.length), bytes])
}
