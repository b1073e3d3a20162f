import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { FakeCluster, FakeRegistry } from '@livepods/fakes'
import { execute } from '../src/command-line.ts'

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

describe('of a workload', () => {
  let cluster: FakeCluster
  const image = () => `${fake.host}/library/app:latest`
  const push = (content: string) => fake.push('library/app', 'latest', content)
  const imageNow = () => cluster.imageOf('Deployment', 'app')
  beforeEach(async () => {
    cluster = await FakeCluster.start()
    environment.KUBERNETES_URL = cluster.url
    const auths = { [fake.host]: USER }
    cluster.addSecret('pull', { '.dockerconfigjson': JSON.stringify({ auths }) })
  })
  afterEach(async () => {
    delete environment.KUBERNETES_URL
    await cluster[Symbol.asyncDispose]()
  })
  /** Not watched, and with all that a service would wait for. */
  const add = () =>
    cluster.add('app', {
      image: image(),
      pullSecret: 'pull',
      annotations: {
        'livepods.dev/watch': 'false',
        'livepods.dev/cool-down': '24h',
        'livepods.dev/approval': 'required',
      },
    })

  test('roll rolls out what it would wait for, and says so when it is up', async () => {
    const one = push('one')
    add()
    const { exit, out, err } = await run('roll', 'default/deployment/app')
    assert.deepEqual([exit, err], [0, ''])
    assert.match(out[0] ?? '', /^main rolled: /)
    assert.match(out[1] ?? '', /^main done: /)
    assert.equal(imageNow(), `${image()}@${one}`)
    assert.equal((await run('roll', 'deployments/app')).exit, 0)
    assert.equal(cluster.patches('app'), 1)
  })

  test('roll undoes what does not come up: 3; asked again it tries again', async () => {
    push('one')
    add()
    await run('roll', 'deployment/app')
    const former = imageNow()
    const broken = push('broken')
    cluster.isGood = (name) => !name.includes(broken)
    for (const patches of [3, 5]) {
      assert.equal((await run('roll', 'deployment/app')).exit, 3)
      assert.equal(imageNow(), former)
      assert.equal(cluster.patches('app'), patches)
    }
  })

  test('roll cannot tell without the registry or the workload: 4', async () => {
    add()
    fake.remove('library/app', 'latest')
    const without = await run('roll', 'deployment/app')
    assert.equal(without.exit, 4)
    assert.match(without.out.join(), /no such tag/)
    const missing = await run('roll', 'deployment/other')
    assert.equal(missing.exit, 4)
    assert.match(missing.err, /not found/)
  })

  test('undo brings the former image back and holds it; there is one undo for each rollout', async () => {
    push('one')
    add()
    await run('roll', 'deployment/app')
    const former = imageNow()
    const two = push('two')
    await run('roll', 'deployment/app')
    assert.equal((await run('undo', 'deployment/app')).exit, 0)
    assert.equal(imageNow(), former)
    const { phase, held } = cluster.stateOf('Deployment', 'app') ?? {}
    assert.deepEqual([phase, held], ['held', two])
    const again = await run('undo', 'deployment/app')
    assert.equal(again.exit, 4)
    assert.match(again.err, /Nothing was rolled out/)
    assert.equal((await run('roll', 'deployment/app')).exit, 0)
    assert.equal(imageNow(), `${image()}@${two}`)
  })
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
    ['roll'],
    ['roll', 'app'],
    ['roll', 'pod/app'],
    ['roll', 'a/b/deployment/app'],
    ['undo', 'deployment/app', 'main'],
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
