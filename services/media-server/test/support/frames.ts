import { AUDIO, type Message, VIDEO } from '../../src/hub/message.ts'

/** Bodies of FLV tags, as encoders make them; `bytes` more of anything. */
export const avcConfig = (bytes = 8) =>
  Buffer.concat([Buffer.of(0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f), Buffer.alloc(bytes, 7)])
export const avcKey = (bytes = 100) => Buffer.concat([Buffer.of(0x17, 1, 0, 0, 0), Buffer.alloc(bytes, 1)])
export const avcFrame = (bytes = 50) => Buffer.concat([Buffer.of(0x27, 1, 0, 0, 0), Buffer.alloc(bytes, 2)])
export const aacConfig = () => Buffer.of(0xaf, 0, 0x12, 0x10)
export const aacFrame = (bytes = 20) => Buffer.concat([Buffer.of(0xaf, 1), Buffer.alloc(bytes, 3)])

export const video = (timestamp: number, payload: Buffer): Message => ({ type: VIDEO, timestamp, payload })
export const audio = (timestamp: number, payload: Buffer): Message => ({ type: AUDIO, timestamp, payload })
