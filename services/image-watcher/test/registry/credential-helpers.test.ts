import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, test } from 'node:test'
import { createLog } from '@livepods/service'
import { Logins } from '../../src/registry/logins.ts'
import { parseReference } from '../../src/registry/reference.ts'

const log = createLog('test', 'silent')
const PATH = process.env.PATH ?? ''
let folder: string
/** Which programs were asked, for what. */
const asked = async () => (await readFile(join(folder, 'asked'), 'utf8').catch(() => '')).split('\n').filter(Boolean)

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'helpers-'))
  const program = async (name: string, answer: string) => {
    const file = join(folder, `docker-credential-${name}`)
    await writeFile(file, `#!/bin/sh\nread server\necho "${name} $1 $server" >>${folder}/asked\n${answer}\n`)
    await chmod(file, 0o755)
  }
  await program('good', `echo '{"ServerURL":"x","Username":"me","Secret":"p:w"}'`)
  await program('token', `echo '{"Username":"<token>","Secret":"identity"}'`)
  await program('empty', `echo 'credentials not found in native keychain'; exit 1`)
  await program('broken', `echo 'no network' >&2; exit 1`)
  await program('chatty', `echo 'hello'`)
  process.env.PATH = `${folder}${delimiter}${PATH}`
})
after(async () => {
  process.env.PATH = PATH
  await rm(folder, { recursive: true })
})

const find = async (config: object, image: string, allowed?: string[]) =>
  await new Logins({ config: JSON.stringify(config), allowed, log }).find(parseReference(image))

test('a program tells the credentials of its registry, and is asked once for several images', async () => {
  const logins = new Logins({
    config: JSON.stringify({ credHelpers: { 'https://registry.example': 'good' } }),
    allowed: ['good'],
    log,
  })
  for (const image of ['registry.example/a', 'registry.example/b'])
    assert.deepEqual(await logins.find(parseReference(image)), { username: 'me', password: 'p:w' })
  assert.deepEqual(await asked(), ['good get registry.example'])
  assert.equal(await logins.find(parseReference('other.example/a')), undefined)
})

test('a store has those of all registries; Docker Hub’s are under its old address', async () => {
  assert.equal((await find({ credsStore: 'good' }, 'nginx', ['good']))?.username, 'me')
  assert.equal((await asked()).at(-1), 'good get https://index.docker.io/v1/')
})

test('a token instead of a password is an identity token', async () => {
  const found = await find({ credHelpers: { 'a.example': 'token' } }, 'a.example/i', ['token'])
  assert.deepEqual(found, { username: '', password: '', identityToken: 'identity' })
})

test('what is in the file itself comes first', async () => {
  const auths = { 'a.example': { username: 'file', password: 'x' } }
  assert.equal((await find({ auths, credsStore: 'good' }, 'a.example/i', ['good']))?.username, 'file')
})

test('a program that has none says nothing; one that fails, or says something else, is a reason not to ask without', async () => {
  const of = async (name: string) => await find({ credHelpers: { 'a.example': name } }, 'a.example/i', [name])
  assert.equal(await of('empty'), undefined)
  for (const name of ['broken', 'chatty', 'missing']) await assert.rejects(of(name), { code: 'DENIED' }, name)
})

test('only programs of the list are run, and no other file', async () => {
  const before = (await asked()).length
  const config = { credHelpers: { 'a.example': 'good', 'b.example': '../docker-credential-good' }, credsStore: 'good' }
  for (const image of ['a.example/i', 'b.example/i', 'c.example/i'])
    assert.equal(await find(config, image, ['other', '../docker-credential-good']), undefined)
  assert.equal((await asked()).length, before)
})
