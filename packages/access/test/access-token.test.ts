import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { EnvironmentError } from '@livepods/service'
import { AccessToken, bearerOf } from '../src/index.ts'
import { eventually, folder, listening, READ, replace, SUBMIT } from './support/files.ts'

const { log, lines } = listening()

test('the token is sent as it stands in the file, also after it changed; one that is none is not taken', async () => {
  await using place = await folder()
  const file = join(place.path, 'token')
  await replace(file, `${READ}\n`)
  await using token = await AccessToken.open({ ACCESS_TOKEN_FILE: file }, log, { everyMs: 5 })
  assert.deepEqual(token.headers, { authorization: `Bearer ${READ}` })
  await replace(file, SUBMIT)
  await eventually(() => assert.equal(bearerOf(token.headers.authorization), SUBMIT))
  await replace(file, `${SUBMIT} submit\n`)
  await eventually(() => assert.equal(lines.length, 1))
  assert.doesNotMatch(JSON.stringify(lines), /0123456789/)
  assert.equal(bearerOf(token.headers.authorization), SUBMIT)
})

test('without a file nothing is sent; a file that is no token ends the start', async () => {
  await using none = await AccessToken.open({}, log)
  assert.deepEqual(none.headers, {})
  await using place = await folder()
  const file = join(place.path, 'token')
  await replace(file, 'two words')
  await assert.rejects(AccessToken.open({ ACCESS_TOKEN_FILE: file }, log), (error: EnvironmentError) => {
    assert.match(error.message, /ACCESS_TOKEN_FILE \S+token: it must hold one token/)
    return error instanceof EnvironmentError
  })
})

test('only a Bearer header carries a token', () => {
  assert.equal(bearerOf('Bearer abc'), 'abc')
  assert.equal(bearerOf('bearer abc'), 'abc')
  for (const other of [undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b'])
    assert.equal(bearerOf(other), undefined)
})
