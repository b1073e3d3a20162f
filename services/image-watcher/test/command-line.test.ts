import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { execute } from '../src/command-line.ts'
import { FakeRegistry } from './support/fake-registry.ts'

const USER = { username: 'me', password: 'secret' }
const CLI = new URL('../src/cli.ts', import.meta.url).pathname
let fake: FakeRegistry
let folder: string
let digest: string
let environment: Record<string, string>

before(async () => {
  fake = await FakeRegistry.start({ user: USER })
  digest = fake.push('library/hello-world', 'latest', 'one')
  fake.push('library/hello-world', 'linux', 'two')
  folder = await mkdtemp(join(tmpdir(), 'watcher-'))
  const hosts = { mirror: fake.url }
  await writeFile(join(folder, 'hosts.json'), JSON.stringify({ 'docker.io': hosts, [fake.host]: hosts }))
  environment = { REGISTRY_HOSTS_FILE: join(folder, 'hosts.json'), DOCKER_CONFIG: folder }
})
after(async () => {
  await fake[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function run(...args: string[]): Promise<{ exit: number; out: string[]; err: string }> {
  const out: string[] = []
  const err: string[] = []
  const exit = await execute(args, environment, { out: (line) => out.push(line), err: (line) => err.push(line) })
  return { exit, out, err: err.join('\n') }
}

const WORDS = [USER.username, USER.password]
const LOGIN = ['-u', WORDS.join(':')]

describe('digest', () => {
  test('takes registry, repository and tag as etagcli does, with user and password, and uses them', async () => {
    const answer = await run('digest', 'index.docker.io', 'library/hello-world', 'latest', ...WORDS)
    assert.deepEqual(answer, { exit: 0, out: [digest], err: '' })
  })

  test('takes an image, too', async () => {
    assert.deepEqual((await run('digest', 'hello-world', ...LOGIN)).out, [digest])
    assert.deepEqual((await run('digest', `${fake.host}/library/hello-world:latest`, ...LOGIN)).out, [digest])
  })

  test('cannot tell without the password: 4, and a sentence', async () => {
    const answer = await run('digest', 'index.docker.io', 'library/hello-world', 'latest')
    assert.equal(answer.exit, 4)
    assert.deepEqual(answer.out, [])
    assert.match(answer.err, /wants credentials.*DENIED/)
  })

  test('uses what `docker login` has left', async () => {
    const auths = { 'https://index.docker.io/v1/': { auth: Buffer.from(WORDS.join(':')).toString('base64') } }
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }))
    try {
      assert.deepEqual((await run('digest', 'hello-world:latest')).out, [digest])
    } finally {
      await rm(join(folder, 'config.json'))
    }
  })

  test('cannot tell of a tag that is not there: 4', async () => {
    const answer = await run('digest', 'hello-world:none', ...LOGIN)
    assert.equal(answer.exit, 4)
    assert.match(answer.err, /MISSING/)
  })
})

test('tags lists all', async () => {
  assert.deepEqual((await run('tags', 'hello-world', ...LOGIN)).out, ['latest', 'linux'])
})

test('check ends with 0 where the tag still has the digest, with 3 where it has another', async () => {
  assert.deepEqual(await run('check', `hello-world:latest@${digest}`, ...LOGIN), { exit: 0, out: [], err: '' })
  const older = `hello-world:latest@sha256:${'0'.repeat(64)}`
  assert.deepEqual(await run('check', older, ...LOGIN), { exit: 3, out: [`hello-world:latest@${digest}`], err: '' })
})

describe('wrong use ends with 64, and says how to use it', () => {
  for (const args of [
    [],
    ['digest'],
    ['dump', 'nginx'],
    ['constructor', 'nginx'],
    ['digest', 'nginx', 'user'],
    ['digest', 'a', 'b', 'c', 'd'],
    ['digest', 'a', 'b', 'c', 'd', 'e', 'f'],
    ['digest', 'No Image'],
    ['digest', '--loud', 'nginx'],
    ['check', 'nginx:latest'],
    ['check', `nginx@sha256:${'0'.repeat(64)}`],
  ])
    test(args.join(' ') || 'nothing', async () => {
      const { exit, out, err } = await run(...args)
      assert.equal(exit, 64)
      assert.deepEqual(out, [])
      assert.match(err, /image-watcher digest IMAGE/)
    })
})

test('the process prints and exits so', async () => {
  const { promise, resolve } = Promise.withResolvers<{ exit: number; out: string }>()
  const env = { ...process.env, ...environment }
  execFile(process.execPath, [CLI, 'digest', 'hello-world', ...LOGIN], { env }, (error, out) =>
    resolve({ exit: Number(error?.code ?? 0), out }),
  )
  assert.deepEqual(await promise, { exit: 0, out: `${digest}\n` })
})
