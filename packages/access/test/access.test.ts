import assert from 'node:assert/strict'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { EnvironmentError } from '@livepods/service'
import { Access, AccessRefusedError, ANYBODY } from '../src/index.ts'
import { eventually, folder, LINES, listening, MANAGE, READ, replace, SUBMIT } from './support/files.ts'

const HOST = '0.0.0.0'
const client = '10.0.0.1'

async function open(text = LINES) {
  await using stack = new AsyncDisposableStack()
  const { path } = stack.use(await folder())
  const file = join(path, 'tokens')
  await writeFile(file, text)
  const { log, lines } = listening()
  const access = stack.use(await Access.open({ HOST, ACCESS_TOKENS_FILE: file }, log, { everyMs: 5 }))
  const opened = stack.move()
  return { access, file, lines, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const refused = (reason: string) => (error: AccessRefusedError) =>
  error instanceof AccessRefusedError && error.reason === reason

test('a token lets in for what its role may do, and for nothing else', async () => {
  await using opened = await open()
  const { access } = opened
  assert.equal(access.enter({ token: SUBMIT, client }, 'read').name, 'processor')
  assert.equal(access.enter({ token: SUBMIT, client }, 'submit').name, 'processor')
  assert.throws(() => access.enter({ token: SUBMIT, client }, 'manage'), refused('role'))
  assert.throws(() => access.enter({ token: READ, client }, 'submit'), /role submit; yours has a lesser one/)
  assert.throws(() => access.enter({ client }, 'read'), refused('missing'))
  assert.throws(() => access.enter({ token: `${MANAGE}x`, client }, 'read'), refused('unknown'))
})

test('a session lets in as its token does, and a stale one counts as none', async () => {
  await using opened = await open()
  const { access } = opened
  const session = access.signIn(READ, client).session
  assert.equal(access.enter({ session, client }, 'read').role, 'read')
  assert.throws(() => access.enter({ session, client }, 'manage'), refused('role'))
  for (let i = 0; i < 100; i++)
    assert.throws(() => access.enter({ session: `${session}x`, client }, 'read'), refused('missing'))
  assert.ok(access.signIn(READ, client).session)
})

test('without tokens everybody may do everything, and a warning says so where others can come in', async () => {
  for (const [host, warns] of [
    ['0.0.0.0', true],
    ['::', true],
    ['192.168.0.7', true],
    ['127.0.0.1', false],
    ['::1', false],
    ['localhost', false],
  ] as const) {
    const { log, lines } = listening()
    await using access = await Access.open({ HOST: host }, log)
    assert.equal(access.required, false)
    assert.equal(access.enter({ client }, 'manage'), ANYBODY)
    assert.deepEqual(
      lines.map(([level, , message]) => [level, /everybody .* set ACCESS_TOKENS_FILE/.test(message)]),
      warns ? [['warn', true]] : [],
      host,
    )
  }
})

test('a bad file ends the start with 78, naming file and line and never a token', async () => {
  await assert.rejects(open(`${READ} read\n${MANAGE} boss\n`), (error: EnvironmentError) => {
    assert.match(error.message, /ACCESS_TOKENS_FILE \S+tokens: line 2: the second word must be the role/)
    assert.doesNotMatch(error.message, /token-0123456789|boss/)
    return error instanceof EnvironmentError && error.exitCode === 78
  })
  const { log } = listening()
  await assert.rejects(Access.open({ HOST, ACCESS_TOKENS_FILE: '/nowhere/tokens' }, log), EnvironmentError)
})

test('a changed file holds within moments: a new token comes in, one that is gone does not, nor do its sessions', async () => {
  await using opened = await open()
  const { access, file, lines } = opened
  const session = access.signIn(READ, client).session
  await replace(file, `${'new-token-0123456789'} manage\n`)
  await eventually(() => access.enter({ token: 'new-token-0123456789', client }, 'manage'))
  assert.throws(() => access.enter({ token: READ, client }, 'read'), refused('unknown'))
  assert.throws(() => access.enter({ session, client }, 'read'), refused('missing'))
  assert.deepEqual(lines, [['info', { tokens: 1 }, 'access tokens changed']])
})

test('the swapped link of a mounted Secret is seen', async () => {
  await using place = await folder()
  const { path } = place
  for (const [name, token] of [
    ['one', READ],
    ['two', SUBMIT],
  ] as const) {
    await mkdir(join(path, name))
    await writeFile(join(path, name, 'tokens'), `${token} read\n`)
  }
  await symlink('one', join(path, '..data'))
  await symlink(join('..data', 'tokens'), join(path, 'tokens'))
  const { log } = listening()
  await using access = await Access.open({ HOST, ACCESS_TOKENS_FILE: join(path, 'tokens') }, log, { everyMs: 5 })
  access.enter({ token: READ, client }, 'read')
  await symlink('two', join(path, '..data_tmp'))
  await rename(join(path, '..data_tmp'), join(path, '..data'))
  await rm(join(path, 'one'), { recursive: true })
  await eventually(() => access.enter({ token: SUBMIT, client }, 'read'))
})

test('a broken or absent new file keeps the tokens of before and is told once; a whole one holds again', async () => {
  await using opened = await open()
  const { access, file, lines } = opened
  await replace(file, `${MANAGE} king\n`)
  await eventually(() => assert.equal(lines.length, 1))
  access.enter({ token: READ, client }, 'read')
  await rm(file)
  await eventually(() => assert.equal(lines.length, 2))
  access.enter({ token: READ, client }, 'read')
  assert.deepEqual(
    lines.map(([level]) => level),
    ['error', 'error'],
  )
  assert.match(String(lines[0]?.[1].fault), /line 1: the second word/)
  assert.doesNotMatch(JSON.stringify(lines), /king|0123456789/)
  await replace(file, `${SUBMIT} manage\n`)
  await eventually(() => access.enter({ token: SUBMIT, client }, 'manage'))
  assert.equal(lines.length, 3)
})

test('who guesses is sent away for a while, right or wrong; who came in from there before still does', async () => {
  await using opened = await open()
  const { access } = opened
  access.enter({ token: READ, client }, 'read')
  const guess = (token: string) => access.enter({ token, client }, 'read')
  for (let i = 0; i < 20; i++) assert.throws(() => guess(`wrong-token-01234567${i}`), refused('unknown'))
  assert.throws(
    () => guess(MANAGE),
    (error: AccessRefusedError) => refused('limited')(error) && Number(error.retryAfter) > 0,
  )
  assert.throws(() => access.signIn(MANAGE, client), refused('limited'))
  guess(READ)
  assert.throws(() => guess('wrong-token-0123456789'), refused('limited'))
  access.enter({ token: MANAGE, client: '10.0.0.2' }, 'manage')
})
