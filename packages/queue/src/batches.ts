const COUNT_BYTES = 4
const SIZE_BYTES = 4

/**
 * Bodies of nsqd's `/mpub?binary=true`, each with at most `maxMessages` messages and, unless it holds only one, `maxBytes` bytes:
 *
 *   [count: uint32][size: uint32][message] … [size: uint32][message]     big-endian
 */
export function* batches(
  messages: readonly Buffer[],
  { maxMessages = 1000, maxBytes = 1024 * 1024 } = {},
): Generator<Buffer> {
  let batch: Buffer[] = []
  let bytes = COUNT_BYTES
  for (const message of messages) {
    const more = SIZE_BYTES + message.length
    if (batch.length > 0 && (batch.length === maxMessages || bytes + more > maxBytes)) {
      yield encode(batch)
      batch = []
      bytes = COUNT_BYTES
    }
    batch.push(message)
    bytes += more
  }
  if (batch.length > 0) yield encode(batch)
}

function encode(batch: Buffer[]): Buffer {
  return Buffer.concat([uint32(batch.length), ...batch.flatMap((message) => [uint32(message.length), message])])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
