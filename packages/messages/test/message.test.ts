import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentFrom, formatMessage, MAX_BODY_BYTES, type Message, parseMessage } from '../src/index.ts'

const HASH = 'a'.repeat(64)
const TRACE = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`

test('every kind of message is read as it was written', () => {
  const messages: Message[] = [
    { stream: 'a~1', seq: 1, content: 'x\n\u0000"Ω', requestId: 'r', traceparent: TRACE },
    { stream: 'a~1', seq: Number.MAX_SAFE_INTEGER, content: Buffer.from([0xff, 0x00]) },
    { stream: 'a~1', seq: 2, content: { tombstone: HASH } },
    { content: '' },
  ]
  for (const message of messages) assert.deepEqual(parseMessage(JSON.parse(formatMessage(message))), message)
})

const invalid: [what: string, value: unknown, status?: number][] = [
  ['no object', 'text'],
  ['null', null],
  ['seq 0', { stream: 'a', seq: 0, body: '' }],
  ['seq 2^53', { stream: 'a', seq: 2 ** 53, body: '' }],
  ['seq as text', { stream: 'a', seq: '1', body: '' }],
  ['a fraction', { stream: 'a', seq: 1.5, body: '' }],
  ['a negative seq', { stream: 'a', seq: -1, body: '' }],
  ['a stream without a seq', { stream: 'a', body: '' }],
  ['a seq without a stream', { seq: 1, body: '' }],
  ['a stream of 129 characters', { stream: 'a'.repeat(129), seq: 1, body: '' }],
  ['a stream with a new line', { stream: 'a\n', seq: 1, body: '' }],
  ['no body', { stream: 'a', seq: 1 }],
  ['body and base64', { body: '', base64: '' }],
  ['base64 that is none', { base64: 'a' }],
  ['half of a surrogate pair', { body: '\ud800' }],
  ['a tombstone that is no hash', { stream: 'a', seq: 1, tombstone: 'x' }],
  ['an unknown key', { body: '', to: 'x' }],
  ['a trace context of zeros only in length', { body: '', traceparent: '00' }],
  ['a body that is too long', { body: 'x'.repeat(MAX_BODY_BYTES + 1) }, 413],
  ['a body whose UTF-8 is too long', { body: 'Ω'.repeat(MAX_BODY_BYTES / 2 + 1) }, 413],
]
for (const [what, value, status = 400] of invalid)
  test(`refuses ${what}`, () => {
    assert.throws(() => parseMessage(value), { name: 'InvalidMessageError', status })
  })

test('takes the longest body', () => {
  assert.equal(parseMessage({ body: 'x'.repeat(MAX_BODY_BYTES) }).content, 'x'.repeat(MAX_BODY_BYTES))
})

test('bytes are text where they are UTF-8, and bytes where they are not', () => {
  assert.equal(contentFrom(Buffer.from('Ω')), 'Ω')
  assert.deepEqual(contentFrom(Buffer.from([0xce])), Buffer.from([0xce]))
})
