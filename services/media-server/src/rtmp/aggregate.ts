import { AUDIO, DATA, type Message, VIDEO } from '../hub/message.ts'

const HEADER_BYTES = 11
const BACK_POINTER_BYTES = 4

/**
 * The messages of an aggregate (RTMP 1.0, 7.1.6), which are written like the tags of FLV; what is cut off is left out.
 * @param timestamp that of the aggregate, and of its first message
 */
export function* splitAggregate(payload: Buffer, timestamp: number): Generator<Message, void> {
  let first: number | undefined
  for (let at = 0; at + HEADER_BYTES <= payload.length; ) {
    const type = payload[at]
    const end = at + HEADER_BYTES + payload.readUIntBE(at + 1, 3)
    if (end > payload.length) return
    const time = payload.readUIntBE(at + 4, 3) + (payload[at + 7] as number) * 2 ** 24
    first ??= time
    if (type === AUDIO || type === VIDEO || type === DATA)
      yield {
        type,
        timestamp: (timestamp + time - first) >>> 0,
        payload: payload.subarray(at + HEADER_BYTES, end),
      }
    at = end + BACK_POINTER_BYTES
  }
}
