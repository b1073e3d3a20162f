import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { InvalidMessageError, MAX_BATCH_MESSAGES, MAX_REQUEST_BYTES, readBatch, readMessage } from '../src/index.ts'

const body = (...chunks: (string | Buffer)[]) => ({
  body: Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
  encoding: undefined,
})
const gzipped = (bytes: Buffer) => ({ body: Readable.from([bytes]), encoding: 'gzip' })

test('reads lines across chunks, with a refusal in place of each that is no message', async () => {
  const messages = await readBatch(body('{"body":"o', 'ne"}\n{"seq":0}\n', '{"body":"two"}\n'))
  assert.deepEqual([messages[0], messages[2]], [{ content: 'one' }, { content: 'two' }])
  assert.ok(messages[1] instanceof InvalidMessageError)
})

test('reads gzip', async () => {
  assert.deepEqual(await readBatch(gzipped(gzipSync('{"body":"x"}\n'))), [{ content: 'x' }])
  assert.deepEqual(await readMessage(gzipped(gzipSync('{"body":"x"}'))), { content: 'x' })
})

const whole = gzipSync('{"body":"x"}\n')
const refused: [what: string, request: Parameters<typeof readBatch>[0], status: number][] = [
  ['a batch that is cut within a line', body('{"body":"one"}\n{"body":"tw'), 400],
  ['a batch that is cut at the end of its last line', body('{"body":"one"}\n{"body":"two"}'), 400],
  ['a line that is no JSON', body('{"body":"one"}\n{"body":\n'), 400],
  ['an empty line', body('{"body":"one"}\n\n'), 400],
  ['an empty batch', body(''), 400],
  ['bytes that are no UTF-8', body(Buffer.from([0x7b, 0xff, 0x0a])), 400],
  ['gzip that is none', gzipped(Buffer.from('no gzip')), 400],
  ['gzip that is cut', gzipped(whole.subarray(0, -4)), 400],
  ['gzip with a wrong checksum', gzipped(Buffer.concat([whole.subarray(0, -8), Buffer.alloc(8)])), 400],
  ['a gzip bomb', gzipped(gzipSync(Buffer.alloc(MAX_REQUEST_BYTES + 1))), 413],
  ['another encoding', { ...body('{}\n'), encoding: 'br' }, 415],
  ['too many bytes', body(Buffer.alloc(MAX_REQUEST_BYTES), 'x'), 413],
  ['too many lines', body('{}\n'.repeat(MAX_BATCH_MESSAGES + 1)), 413],
]
for (const [what, request, status] of refused)
  test(`refuses ${what}`, async () => {
    await assert.rejects(readBatch(request), { name: 'InvalidRequestError', status })
  })

test('reads no more than it may of a body that does not end', async () => {
  let read = 0
  async function* endless() {
    while (read < 4 * MAX_REQUEST_BYTES) {
      read += 65_536
      yield Buffer.alloc(65_536)
    }
  }
  await assert.rejects(readBatch({ body: Readable.from(endless()), encoding: undefined }), { status: 413 })
  assert.ok(read < 2 * MAX_REQUEST_BYTES)
})

test('a body whose connection breaks is cut', async () => {
  const broken = new Readable({ read() {} })
  broken.push('{"body":"one"}\n')
  const reading = readBatch({ body: broken, encoding: undefined })
  broken.destroy(new Error('aborted'))
  await assert.rejects(reading, { name: 'InvalidRequestError', status: 400 })
})
