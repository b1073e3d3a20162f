import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FlvReader } from '../src/flv/flv-reader.ts'
import { flvFraming, flvHeader } from '../src/flv/tags.ts'
import { frame, type Message } from '../src/hub/message.ts'
import { ProtocolError } from '../src/protocol-error.ts'
import { aacFrame, audio, avcFrame, avcKey, video } from './support/frames.ts'

const HEADER = flvHeader({ audio: true, video: true })
const MESSAGES: Message[] = [
  video(0, avcKey(300)),
  audio(13, aacFrame()),
  { type: 18, timestamp: 13, payload: Buffer.from('data') },
  video(2 ** 32 - 1, avcFrame()),
  audio(2 ** 24, Buffer.alloc(0)),
]
const FILE = Buffer.concat([HEADER, frame(flvFraming, MESSAGES)])

const read = (pieces: Buffer[]) => {
  const reader = new FlvReader()
  return pieces.flatMap((piece) => [...reader.read(piece)])
}

describe('an FLV file', () => {
  for (const size of [1, 2, 3, 7, 64, 100_000])
    test(`is read in pieces of ${size} bytes`, () => {
      const pieces = Array.from({ length: Math.ceil(FILE.length / size) }, (_, index) =>
        FILE.subarray(index * size, (index + 1) * size),
      )
      assert.deepEqual(read(pieces), MESSAGES)
    })

  test('that is none, or has a tag of more than 8 MiB, is refused', () => {
    const large = Buffer.concat([HEADER, Buffer.of(9, 0x80, 0, 1), Buffer.alloc(7)])
    for (const bytes of [
      Buffer.alloc(20),
      Buffer.from('FLV\x02\x05\0\0\0\x09'),
      Buffer.from('FLV\x01\x05\0\0\0\xff', 'latin1'),
      large,
    ])
      assert.throws(() => read([bytes]), ProtocolError)
  })

  test('may have tags of a kind that we do not know', () => {
    const unknown = Buffer.from([15, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 12])
    assert.deepEqual(read([HEADER, unknown, FILE.subarray(HEADER.length)]), MESSAGES)
  })
})
