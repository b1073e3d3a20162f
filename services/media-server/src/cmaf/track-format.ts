import { box, u16, u32, zeros } from './boxes.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { TrackDescription } from './presentation.ts'

/** What is the same for all samples of a track until its configuration changes. */
export interface TrackFormat {
  description: TrackDescription
  /** For `stsd`: how a decoder is set up. */
  sampleEntry: Buffer
  /** Pixels at which pictures are shown when theirs are not square; of pictures only. */
  shown: { width: number; height: number }
  /** How long a frame of sound lasts, in units of the timescale; 0 of pictures, which last until the next one. */
  durationOf(frame: Buffer): number
  /** What of a frame is stored in a sample. */
  sampleOf(frame: Buffer): Buffer
}

/** What the codecs can be asked. */
export interface Codec {
  /**
   * @param configuration the record that the publisher sent
   * @param keyFrame the first frame, of pictures: some codecs say their size only there
   * Throws ConfigurationError.
   */
  read(configuration: Buffer, keyFrame: Buffer): TrackFormat
}

/** Units of a second, of pictures: milliseconds and all usual frame rates are whole numbers of it. */
const VIDEO_TIMESCALE = 90_000
/** Sizes and numbers of channels have 16 bits. */
const MAX_U16 = 65_535
const RESOLUTION = 0x48_0000 // 72 dpi, of all that was never printed
const COLOUR_DEPTH = 24
const SAMPLE_BITS = 16

export interface VideoDetails {
  /** The type of the sample entry. */
  entry: string
  /** RFC 6381. */
  codec: string
  width: number
  height: number
  /** Width of a pixel, in heights of a pixel. */
  pixelAspect?: number
  /** The box in which a decoder finds its configuration. */
  configuration: Buffer
  sampleOf?: (frame: Buffer) => Buffer
}

/** Throws ConfigurationError when there is no such picture. */
export function videoFormat({ pixelAspect = 1, sampleOf = (frame) => frame, ...details }: VideoDetails): TrackFormat {
  const { entry, codec, width, height, configuration } = details
  const shownWidth = Math.round(width * pixelAspect)
  if (![width, height, shownWidth].every((pixels) => pixels >= 1 && pixels <= MAX_U16))
    throw new ConfigurationError(`There are no pictures of ${width}x${height}.`)
  const size = [u16(width), u16(height), u32(RESOLUTION), u32(RESOLUTION)]
  const noName = zeros(32)
  // ISO/IEC 14496-12, 12.1.3
  const header = [...REFERENCE, zeros(16), ...size, u32(0), u16(1), noName, u16(COLOUR_DEPTH), u16(MAX_U16)]
  return {
    description: { kind: 'video', codec, timescale: VIDEO_TIMESCALE, width, height },
    sampleEntry: box(entry, ...header, configuration),
    shown: { width: shownWidth, height },
    durationOf: () => 0,
    sampleOf,
  }
}

export interface AudioDetails {
  /** The type of the sample entry. */
  entry: string
  /** RFC 6381. */
  codec: string
  /** Hz: what the durations of frames are counted in. */
  timescale: number
  /** Hz: what is heard, where that is another rate. */
  sampleRate?: number
  channels: number
  /** The box in which a decoder finds its configuration. */
  configuration: Buffer
  durationOf: (frame: Buffer) => number
}

/** Throws ConfigurationError when there is no such sound. */
export function audioFormat({
  entry,
  codec,
  timescale,
  channels,
  configuration,
  ...details
}: AudioDetails): TrackFormat {
  const { sampleRate = timescale, durationOf } = details
  if (timescale < 1 || channels < 1) throw new ConfigurationError(`There is no sound of ${channels} x ${timescale} Hz.`)
  // Of 32 bits 16 are for fractions; what does not fit into the others only the configuration says.
  const rate = timescale <= MAX_U16 ? timescale * 2 ** 16 : 0
  // ISO/IEC 14496-12, 12.2.3
  const header = [...REFERENCE, zeros(8), u16(channels), u16(SAMPLE_BITS), u32(0), u32(rate)]
  return {
    description: { kind: 'audio', codec, timescale, channels, sampleRate },
    sampleEntry: box(entry, ...header, configuration),
    shown: { width: 0, height: 0 },
    durationOf,
    sampleOf: (frame) => frame,
  }
}

/** The first fields of all sample entries: the samples are in this very file. */
const REFERENCE = [zeros(6), u16(1)]
