import { AUDIO, DATA, type Message, VIDEO } from './message.ts'

/** What a message is to a viewer who begins with it. */
export interface Media {
  kind: 'audio' | 'video' | 'data'
  /** Sample entry of MP4 (avc1, hvc1, mp4a, Opus …), where there is one. */
  codec?: string | undefined
  /**
   * - config: a decoder needs it before anything else of its track
   * - key: a picture that needs no other
   * - none: it says nothing to a viewer, and is not sent
   */
  role: 'config' | 'key' | 'frame' | 'none'
  /** A config that stands beside another one of its track (colours of HDR, layout of channels), and does not replace it. */
  isSupplement?: true
  /** Several where one message holds several. */
  track: number | 'several'
}

const NOTHING: Media = { kind: 'data', role: 'none', track: 0 }
const SOME_DATA: Media = { kind: 'data', role: 'frame', track: 0 }

const KEY_FRAME = 1

/** Codecs of FLV by their number; those of Enhanced RTMP say their name. */
const VIDEO_CODECS: Record<number, string> = { 2: 'flv1', 4: 'vp6f', 7: 'avc1', 12: 'hvc1', 13: 'av01' }
const AUDIO_CODECS: Record<number, string> = { 2: '.mp3', 7: 'alaw', 8: 'ulaw', 10: 'mp4a', 11: 'spex', 14: '.mp3' }
const AAC = 10
/** These say after one byte what they bring: 0 configuration, 1 frames, 2 the end. */
const HAVE_PACKET_TYPE = new Set([7, 12, 13])

/** Packet types of Enhanced RTMP v2. */
const SEQUENCE_START = 0
const CODED_FRAMES = 1
const SEQUENCE_END = 2
const METADATA = 4 // for audio: how channels are laid out
const MPEG2_SEQUENCE_START = 5
const VIDEO_MULTITRACK = 6
const AUDIO_MULTITRACK = 5
const MOD_EX = 7
const ENHANCED_AUDIO = 9

/** How a multitrack message holds its tracks. */
const ONE_TRACK = 0
const SIZE_BYTES = 3
/** Codecs whose pictures are not presented in the order in which they are decoded say how far that is apart. */
const HAVE_OFFSET = new Set(['avc1', 'hvc1', 'vvc1'])
const OFFSET_BYTES = 3

/** What stands before what a codec reads. */
export interface MediaHeader {
  media: Media
  /** The number of the track, or of the first one where there are several. */
  track: number
  /** Whether the body is the configuration record of a decoder; there are other configurations, such as colours. */
  isRecord: boolean
  /** Milliseconds from decoding to presentation; may be negative. */
  compositionMs: number
  /** Where in the payload the body is. */
  bodyAt: number
  bodyEnd: number
}

/** Reads the first bytes of a message (FLV 10.1, Enhanced RTMP v2); too short a one says nothing. */
export function describeMedia(message: Message): Media {
  return readMediaHeader(message).media
}

/** Reads all that a codec does not (FLV 10.1, Enhanced RTMP v2). */
export function readMediaHeader({ type, payload }: Message): MediaHeader {
  const first = payload[0]
  if (first === undefined) return nothing(NOTHING)
  switch (type) {
    case DATA:
      return nothing(SOME_DATA)
    case VIDEO:
      return first & 0x80 ? enhanced('video', first & 15, ((first >> 4) & 7) === KEY_FRAME, payload) : video(payload)
    case AUDIO:
      return first >> 4 === ENHANCED_AUDIO ? enhanced('audio', first & 15, false, payload) : audio(payload)
  }
}

function nothing(media: Media): MediaHeader {
  return { media, track: 0, isRecord: false, compositionMs: 0, bodyAt: 0, bodyEnd: 0 }
}

function video(payload: Buffer): MediaHeader {
  const [first = 0, packetType] = payload
  const number = first & 15
  const media = { kind: 'video', codec: VIDEO_CODECS[number], track: 0 } as const
  const isKey = first >> 4 === KEY_FRAME
  const header = { track: 0, isRecord: false, compositionMs: 0, bodyAt: 1, bodyEnd: payload.length }
  if (!HAVE_PACKET_TYPE.has(number)) return { ...header, media: { ...media, role: isKey ? 'key' : 'frame' } }
  const body = { ...header, compositionMs: readOffset(payload, 2), bodyAt: 2 + OFFSET_BYTES }
  if (packetType === SEQUENCE_START) return { ...body, isRecord: true, media: { ...media, role: 'config' } }
  if (packetType !== 1) return nothing(NOTHING)
  return { ...body, media: { ...media, role: isKey ? 'key' : 'frame' } }
}

function audio(payload: Buffer): MediaHeader {
  const [first = 0, packetType] = payload
  const number = first >> 4
  const media = { kind: 'audio', codec: AUDIO_CODECS[number], track: 0 } as const
  if (number === AAC && packetType === undefined) return nothing(NOTHING)
  const isRecord = number === AAC && packetType === SEQUENCE_START
  const bodyAt = number === AAC ? 2 : 1
  const role = isRecord ? 'config' : 'frame'
  return { media: { ...media, role }, track: 0, isRecord, compositionMs: 0, bodyAt, bodyEnd: payload.length }
}

/** @param packet the packet type of the first byte */
function enhanced(kind: 'audio' | 'video', packet: number, isKey: boolean, payload: Buffer): MediaHeader {
  let at = 1
  let packetType = packet
  while (packetType === MOD_EX) {
    // A size less one in a byte, or in the two after it when that is 255; then the modifier, and the next type.
    const short = payload[at]
    if (short === undefined || payload.length < at + 3) return nothing(NOTHING)
    at += short === 255 ? 3 + payload.readUInt16BE(at + 1) + 1 : 1 + short + 1
    const next = payload[at++]
    if (next === undefined) return nothing(NOTHING)
    packetType = next & 15
  }
  let multitrack: number | undefined
  if (packetType === (kind === 'video' ? VIDEO_MULTITRACK : AUDIO_MULTITRACK)) {
    const next = payload[at++] ?? 0
    packetType = next & 15
    multitrack = next >> 4
  }
  const codec = payload.length < at + 4 ? undefined : payload.toString('latin1', at, at + 4)
  if (codec === undefined || packetType === SEQUENCE_END) return nothing(NOTHING)
  at += 4
  let track = 0
  let bodyEnd = payload.length
  if (multitrack !== undefined) {
    track = payload[at++] ?? 0
    // Each of several has its size before it; what begins first is read here.
    if (multitrack !== ONE_TRACK && payload.length >= at + SIZE_BYTES) {
      bodyEnd = Math.min(bodyEnd, at + SIZE_BYTES + payload.readUIntBE(at, SIZE_BYTES))
      at += SIZE_BYTES
    }
  }
  const isConfig = packetType === SEQUENCE_START || packetType === METADATA || isMpeg2Start(kind, packetType)
  const media: Media = {
    kind,
    codec,
    role: isConfig ? 'config' : isKey ? 'key' : 'frame',
    track: (multitrack ?? ONE_TRACK) === ONE_TRACK ? track : 'several',
    ...(packetType === METADATA && { isSupplement: true }),
  }
  const hasOffset = packetType === CODED_FRAMES && HAVE_OFFSET.has(codec)
  const compositionMs = hasOffset ? readOffset(payload, at) : 0
  const bodyAt = hasOffset ? at + OFFSET_BYTES : at
  return { media, track, isRecord: packetType === SEQUENCE_START, compositionMs, bodyAt, bodyEnd }
}

function readOffset(payload: Buffer, at: number): number {
  return payload.length < at + OFFSET_BYTES ? 0 : payload.readIntBE(at, OFFSET_BYTES)
}

function isMpeg2Start(kind: 'audio' | 'video', packetType: number): boolean {
  return kind === 'video' && packetType === MPEG2_SEQUENCE_START
}
