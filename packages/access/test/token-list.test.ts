import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TokenList, TokenListError } from '../src/index.ts'
import { LINES, MANAGE, READ, SUBMIT } from './support/files.ts'

test('a token is found with its role and name; one without a name is known by the beginning of its hash', () => {
  const tokens = TokenList.parse(LINES)
  assert.equal(tokens.size, 3)
  assert.equal(tokens.find(SUBMIT)?.role, 'submit')
  assert.equal(tokens.find(SUBMIT)?.name, 'processor')
  assert.equal(tokens.find(MANAGE)?.name, 'anna@example.org')
  assert.match(tokens.find(READ)?.name ?? '', /^token-[0-9a-f]{8}$/)
  for (const wrong of ['', READ.slice(0, -1), `${READ}x`, READ.toUpperCase()])
    assert.equal(tokens.find(wrong), undefined)
})

test('Windows line ends and no line end at the end are fine', () => {
  assert.equal(TokenList.parse(`${READ} read\r\n${MANAGE} manage`).size, 2)
})

for (const [what, line, fault] of [
  ['a token that is a word', 'secret manage', /^line 2: the first word must be a token/],
  ['a token with a character that no header carries', 'sécret-token-0123456789 manage', /^line 2: the first word/],
  ['no role', 'secret-token-0123456789', /^line 2: the second word must be the role: read, submit, manage/],
  ['the columns the other way round', 'manage secret-token-0123456789', /^line 2: the first word/],
  ['a role that does not exist', 'secret-token-0123456789 admin', /^line 2: the second word/],
  ['a name for nobody', 'secret-token-0123456789 read a{b}', /^line 2: the third word/],
  ['a fourth word', 'secret-token-0123456789 read anna secret', /^line 2: it has more/],
  ['the same token again', `${READ} manage`, /^line 2: the token stands on a line before/],
] as const) {
  test(`a line with ${what} is refused by its number, and nothing of it is told`, () => {
    assert.throws(
      () => TokenList.parse(`${READ} read\n${line}\n`),
      (error: TokenListError) => fault.test(error.message) && !/secret|admin|0123456789|\{b\}/.test(error.message),
    )
  })
}

test('a file without a token is refused', () => {
  assert.throws(() => TokenList.parse('# nobody\n'), TokenListError)
  assert.throws(() => TokenList.parse(''), /nobody could come in/)
})
