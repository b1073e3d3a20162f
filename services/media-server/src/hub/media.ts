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
const SEQUENCE_END = 2
const METADATA = 4 // for audio: how channels are laid out
const MPEG2_SEQUENCE_START = 5
const VIDEO_MULTITRACK = 6
const AUDIO_MULTITRACK = 5
const MOD_EX = 7
const ENHANCED_AUDIO = 9

/** Reads the first bytes of a message (FLV 10.1, Enhanced RTMP v2); too short a one says nothing. */
export function describeMedia({ type, payload }: Message): Media {
  const first = payload[0]
  if (first === undefined) return NOTHING
  switch (type) {
    case DATA:
      return SOME_DATA
    case VIDEO:
      return first & 0x80 ? enhanced('video', first & 15, ((first >> 4) & 7) === KEY_FRAME, payload) : video(payload)
    case AUDIO:
      return first >> 4 === ENHANCED_AUDIO ? enhanced('audio', first & 15, false, payload) : audio(payload)
  }
}

function video([first = 0, packetType]: Buffer): Media {
  const number = first & 15
  const media = { kind: 'video', codec: VIDEO_CODECS[number], track: 0 } as const
  const isKey = first >> 4 === KEY_FRAME
  if (HAVE_PACKET_TYPE.has(number)) {
    if (packetType === SEQUENCE_START) return { ...media, role: 'config' }
    if (packetType !== 1) return NOTHING
  }
  return { ...media, role: isKey ? 'key' : 'frame' }
}

function audio([first = 0, packetType]: Buffer): Media {
  const number = first >> 4
  const media = { kind: 'audio', codec: AUDIO_CODECS[number], track: 0 } as const
  if (number === AAC && packetType === undefined) return NOTHING
  return { ...media, role: number === AAC && packetType === 0 ? 'config' : 'frame' }
}

/** @param packet the packet type of the first byte */
function enhanced(kind: 'audio' | 'video', packet: number, isKey: boolean, payload: Buffer): Media {
  let at = 1
  let packetType = packet
  while (packetType === MOD_EX) {
    // A size less one in a byte, or in the two after it when that is 255; then the modifier, and the next type.
    const short = payload[at]
    if (short === undefined || payload.length < at + 3) return NOTHING
    at += short === 255 ? 3 + payload.readUInt16BE(at + 1) + 1 : 1 + short + 1
    const next = payload[at++]
    if (next === undefined) return NOTHING
    packetType = next & 15
  }
  let track: Media['track'] = 0
  if (packetType === (kind === 'video' ? VIDEO_MULTITRACK : AUDIO_MULTITRACK)) {
    const multitrack = payload[at++] ?? 0
    packetType = multitrack & 15
    track = multitrack >> 4 === 0 ? (payload[at + 4] ?? 0) : 'several'
  }
  const codec = payload.length < at + 4 ? undefined : payload.toString('latin1', at, at + 4)
  if (codec === undefined || packetType === SEQUENCE_END) return NOTHING
  const isConfig = packetType === SEQUENCE_START || packetType === METADATA || isMpeg2Start(kind, packetType)
  return { kind, codec, role: isConfig ? 'config' : isKey ? 'key' : 'frame', track }
}

function isMpeg2Start(kind: 'audio' | 'video', packetType: number): boolean {
  return kind === 'video' && packetType === MPEG2_SEQUENCE_START
}
