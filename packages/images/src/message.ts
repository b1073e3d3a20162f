export const IMAGE_TOPIC = 'images'
export const IMAGE_CHANNEL = 'ch'

const LARGEST_ID = 2n ** 64n - 1n

/** The body is not the id of an image; asking again cannot help. */
export class UnreadableMessageError extends Error {
  override readonly name = 'UnreadableMessageError'
  readonly code = 'UNREADABLE_MESSAGE'
}

/** The queue message of an image: its id (decimal, above 0) as 8 bytes, little-endian. Throws RangeError when it is no id. */
export function encodeImageId(id: string): Buffer {
  const value = /^\d{1,20}$/.test(id) ? BigInt(id) : 0n
  if (value === 0n || value > LARGEST_ID) throw new RangeError(`"${id}" is not the id of an image.`)
  const body = Buffer.alloc(8)
  body.writeBigUInt64LE(value)
  return body
}

/** The id in a queue message, in decimal. Throws UnreadableMessageError unless the body is 8 bytes and not all zero. */
export function decodeImageId(body: Buffer): string {
  if (body.length !== 8) throw new UnreadableMessageError(`A message has 8 bytes, this one has ${body.length}.`)
  const id = body.readBigUInt64LE()
  if (id === 0n) throw new UnreadableMessageError('0 is not the id of an image.')
  return id.toString()
}
