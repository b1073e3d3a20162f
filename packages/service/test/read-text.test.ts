import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readText } from '../src/index.ts'

const LIMIT = { maxBytes: 4, tooLong: () => new RangeError('too long') }

test('a text is read whole, also where a letter is in two pieces', async () => {
  const [first, second] = [Buffer.from('aä').subarray(0, 2), Buffer.from('aäb').subarray(2)]
  assert.equal(await readText(bodyOf(first, second), LIMIT), 'aäb')
})

test('of what is too long no more is read, and its source is told so', async () => {
  const read: number[] = []
  let isClosed = false
  async function* endless() {
    try {
      for (let i = 0; ; i++) {
        read.push(i)
        yield Buffer.from('abc')
      }
    } finally {
      isClosed = true
    }
  }
  await assert.rejects(readText(endless(), LIMIT), RangeError)
  assert.deepEqual([read, isClosed], [[0, 1], true])
})

test('a body that breaks off is no text', async () => {
  async function* broken() {
    yield Buffer.from('a')
    throw new TypeError('terminated')
  }
  await assert.rejects(readText(broken(), LIMIT), TypeError)
})

async function* bodyOf(...chunks: Buffer[]) {
  yield* chunks
}
