export const AUDIO = 8
export const VIDEO = 9
export const DATA = 18

/** One message of a stream, with the type numbers and the body that RTMP and FLV share. Nobody writes to `payload` again. */
export interface Message {
  type: typeof AUDIO | typeof VIDEO | typeof DATA
  /** Milliseconds, modulo 2^32. */
  timestamp: number
  payload: Buffer
}

/** How messages are written for one kind of viewer. */
export interface Framing {
  /** Bytes that a message takes. */
  size(message: Message): number
  /** Writes the message into `bytes` from `at` on, and returns where it ends. */
  write(message: Message, bytes: Buffer, at: number): number
}

/** All messages in one buffer. */
export function frame(framing: Framing, messages: readonly Message[]): Buffer {
  const size = messages.reduce((sum, message) => sum + framing.size(message), 0)
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const message of messages) at = framing.write(message, bytes, at)
  return bytes
}
