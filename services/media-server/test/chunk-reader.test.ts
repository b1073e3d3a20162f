import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChunkReader } from '../src/rtmp/chunk-reader.ts'

const AUDIO = 8
const VIDEO = 9
const LIMITS = { messageBytes: 100_000, pendingBytes: 100_000, chunkStreams: 4 }
const SET_CHUNK_SIZE = Buffer.from([2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 1, 0, 0])

/** A message of one chunk. */
function chunk(id: number, type: number, payload: Buffer): Buffer {
  const head = Buffer.from([id, 0, 0, 7, 0, 0, 0, type, 1, 0, 0, 0])
  head.writeUIntBE(payload.length, 4, 3)
  return Buffer.concat([head, payload])
}

const picture = Buffer.alloc(5000, 'picture')
const sound = Buffer.alloc(20, 'sound')
const bytes = Buffer.concat([SET_CHUNK_SIZE, chunk(4, VIDEO, picture), chunk(5, AUDIO, sound)])

test('a message is the same wherever its bytes were cut', () => {
  for (let cut = 1; cut < bytes.length; cut++) {
    const reader = new ChunkReader(LIMITS)
    const messages = [bytes.subarray(0, cut), bytes.subarray(cut)].flatMap((piece) => [...reader.read(piece)])
    const expected = [
      { type: VIDEO, streamId: 1, timestamp: 7, payload: picture },
      { type: AUDIO, streamId: 1, timestamp: 7, payload: sound },
    ]
    assert.deepEqual(messages, expected, `cut at ${cut}`)
  }
})

test('a message is part of the piece that it came in, but never a small part of it', () => {
  const [first, second] = new ChunkReader(LIMITS).read(bytes)
  assert.equal(first?.payload.buffer, bytes.buffer)
  assert.notEqual(second?.payload.buffer, bytes.buffer)
})
