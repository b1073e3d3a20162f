import type { Settings } from './options.ts'
import { ProtocolError } from './protocol-error.ts'

/**
 * Cuts the body of MPUB, or of `/mpub?binary=true`, into views of its messages:
 *
 *   [ count: 4 ] then count times [ size: 4 ][ body ]
 *
 * Throws E_BAD_BODY or E_BAD_MESSAGE, then nothing of it counts.
 */
export function readBatch(bytes: Buffer, settings: Settings): Buffer[] {
  if (bytes.length < 4) throw new ProtocolError('E_BAD_BODY', 'MPUB failed to read message count')
  const count = bytes.readInt32BE(0)
  // Each message takes at least its size and one byte.
  if (count <= 0 || count > (settings.maxBodyBytes - 4) / 5) {
    throw new ProtocolError('E_BAD_BODY', `MPUB invalid message count ${count}`)
  }
  const messages: Buffer[] = []
  let at = 4
  for (let index = 0; index < count; index += 1) {
    if (at + 4 > bytes.length) throw badMessage(`failed to read message(${index}) body size`)
    const size = bytes.readInt32BE(at)
    at += 4
    if (size <= 0) throw badMessage(`invalid message(${index}) body size ${size}`)
    if (size > settings.maxMessageBytes) throw badMessage(`message too big ${size} > ${settings.maxMessageBytes}`)
    if (at + size > bytes.length) throw badMessage('failed to read message body')
    messages.push(bytes.subarray(at, at + size))
    at += size
  }
  if (at < bytes.length) throw new ProtocolError('E_BAD_BODY', `MPUB body has ${bytes.length - at} bytes too many`)
  return messages
}

function badMessage(sentence: string): ProtocolError {
  return new ProtocolError('E_BAD_MESSAGE', `MPUB ${sentence}`)
}
