import type { Message } from '../../src/hub/message.ts'
import { audio, video } from './frames.ts'

/** AVCDecoderConfigurationRecord of 160x90, as x264 makes it; and one that differs in its picture parameter set. */
export const AVC_RECORD = Buffer.from(
  '0164000bffe100196764000bacd9428df93011000003000100000300320f14299601000468efbcb0fdf8f800',
  'hex',
)
export const OTHER_AVC_RECORD = Buffer.concat([AVC_RECORD.subarray(0, -1), Buffer.of(1)])

export const avcStart = (record: Buffer = AVC_RECORD) => Buffer.concat([Buffer.of(0x17, 0, 0, 0, 0), record])
export const aacStart = (configuration: Buffer = Buffer.of(0x11, 0x88)) =>
  Buffer.concat([Buffer.of(0xaf, 0), configuration])

export interface Programme {
  /** Both in seconds. */
  from?: number
  seconds: number
  /** Undefined: no pictures. */
  pictures?: { rate?: number; keyEvery?: number; bytes?: number; record?: Buffer; compositionMs?: number } | undefined
  /** Undefined: no sound. */
  sound?: { rate?: number; configuration?: Buffer; bytes?: number; frameSamples?: number } | undefined
}

/** What an encoder sends: configurations, then H.264 and AAC in the order of their times, in whole milliseconds. */
export function* programme({ from = 0, seconds, pictures, sound }: Programme): Generator<Message> {
  const start = Math.round(from * 1000)
  if (pictures) yield video(start, avcStart(pictures.record))
  if (sound) yield audio(start, aacStart(sound.configuration))
  const { rate = 25, keyEvery = 1, bytes = 100, compositionMs = 0 } = pictures ?? {}
  const { rate: sampleRate = 48_000, frameSamples = 1024, bytes: soundBytes = 20 } = sound ?? {}
  const keyFrames = Math.round(keyEvery * rate)
  const pictureAt = (index: number) => (pictures ? index / rate : Number.POSITIVE_INFINITY)
  const soundAt = (index: number) => (sound ? (index * frameSamples) / sampleRate : Number.POSITIVE_INFINITY)
  let picture = 0
  let frame = 0
  for (;;) {
    const at = Math.min(pictureAt(picture), soundAt(frame))
    if (at >= seconds) return
    const timestamp = Math.round((from + at) * 1000) % 2 ** 32
    if (at === pictureAt(picture)) yield video(timestamp, avc(picture++ % keyFrames === 0, bytes, compositionMs))
    else {
      frame++
      yield audio(timestamp, aac(soundBytes))
    }
  }
}

export function avc(isKey: boolean, bytes: number, compositionMs = 0): Buffer {
  const payload = Buffer.alloc(5 + bytes, 1)
  payload[0] = isKey ? 0x17 : 0x27
  payload.writeIntBE(compositionMs, 2, 3)
  return payload
}

export function aac(bytes: number): Buffer {
  return Buffer.concat([Buffer.of(0xaf, 1), Buffer.alloc(bytes, 3)])
}
