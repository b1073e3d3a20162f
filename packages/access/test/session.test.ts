import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SESSION_SECONDS, TokenList } from '../src/index.ts'
import { openSession, sealSession } from '../src/session.ts'
import { LINES, READ, SUBMIT } from './support/files.ts'

const tokens = TokenList.parse(LINES)
const entry = tokens.find(SUBMIT) as NonNullable<ReturnType<typeof tokens.find>>
const session = sealSession(entry)

test('a session opens as its token in every process that has it, and does not contain it', () => {
  assert.equal(openSession(session, TokenList.parse(LINES))?.name, 'processor')
  assert.doesNotMatch(session, /submit/)
  assert.ok(!Buffer.from(session.split('.')[2] ?? '', 'base64url').includes(SUBMIT))
})

test('a session ends with its time and with its token', () => {
  const late = Date.now() + (SESSION_SECONDS + 1) * 1000
  assert.equal(openSession(session, tokens, late), undefined)
  assert.equal(openSession(session, TokenList.parse(`${READ} read`)), undefined)
})

test('a forged session opens nothing: another end, another token, another signature, any text', () => {
  const [id, end, signature] = session.split('.') as [string, string, string]
  const other = tokens.find(READ)?.id
  const flipped = signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
  for (const forged of [
    `${id}.${Number(end) + 1}.${signature}`,
    `${other}.${end}.${signature}`,
    `${id}.${end}.${flipped}`,
    `${id}.${end}.`,
    `${session}x`,
    '',
    '..',
  ])
    assert.equal(openSession(forged, tokens), undefined, forged)
})
