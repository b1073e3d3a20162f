/*
 * What docker-repo-info, whose work this service does, does wrong, and where it is shown that it is not so here.
 *  1 credentials of the command line are never used: below ("credentials of the command line …"); command-line.test.ts
 *  2 a user at an open registry ends it: below, registry.test.ts ("a user at an open registry …")
 *  3 the body is read as JSON before the status is looked at: below ("an answer is read …"); registry.test.ts ("an answer that is none …")
 *  4 the error of a HEAD is read as JSON though it has no body: below, the same one (all of it is by HEAD)
 *  5 Docker-Content-Digest is deleted: below ("Docker-Content-Digest is what is told …")
 *  6 it fails where that header is absent: below, the same one; registry.test.ts ("hashes the manifest …")
 *  7 fields of schema 1 that manifests do not have any more: below ("nothing is read out of a manifest …")
 *  8 a challenge is split at commas and equals signs: below; challenge.test.ts, with those of ten registries
 * And of what it lacks (4.1, 4.2):
 *  9 wrong use ends with 0: below ("wrong use ends with 64"); command-line.test.ts
 * 10 no Accept, so no OCI tag: below ("every manifest type …"), registry.test.ts
 * 11 no time-out, no retry: registry.test.ts ("a server that never answers", "asks once more …"); rollout.test.ts (asked again each interval)
 * 12 no pages of tags: registry.test.ts ("are read page after page")
 * 13 a token is never renewed: registry.test.ts ("another is fetched when …", "… until it expires")
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { FakeRegistry, type FakeRegistryOptions } from '@livepods/fakes'
import { execute } from '../src/command-line.ts'
import { parseChallenges } from '../src/registry/challenge.ts'

const USER = { username: 'me', password: 'secret' }
let registry: FakeRegistry
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'original-'))
})
afterEach(async () => {
  await registry[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** A registry with `team/app:latest`; resolves with its digest. */
async function start(options: FakeRegistryOptions = {}): Promise<string> {
  registry = await FakeRegistry.start(options)
  await writeFile(join(folder, 'hosts.json'), JSON.stringify({ [registry.host]: { plainHttp: true } }))
  return registry.push('team/app', 'latest', 'one')
}

async function run(...words: string[]) {
  const out: string[] = []
  const err: string[] = []
  const environment = { REGISTRY_HOSTS_FILE: join(folder, 'hosts.json'), DOCKER_CONFIG: folder }
  const exit = await execute(words, environment, { out: (line) => out.push(line), err: (line) => err.push(line) })
  return { exit, out: out.join(), err: err.join() }
}
const digest = async (...credentials: string[]) =>
  await run('digest', registry.host, 'team/app', 'latest', ...credentials)

test('credentials of the command line are used', async () => {
  const expected = await start({ user: USER })
  assert.deepEqual(await digest(USER.username, USER.password), { exit: 0, out: expected, err: '' })
  assert.equal((await digest('me', 'wrong')).exit, 4)
})

test('a user at a registry that asks for none is no failure', async () => {
  const expected = await start()
  assert.deepEqual(await digest(USER.username, USER.password), { exit: 0, out: expected, err: '' })
})

test('an answer is read after its status is known: a failure without a body is a sentence', async () => {
  await start()
  for (const status of [401, 403, 404, 429, 500, 503]) {
    registry.fault = (_, response) => {
      response.writeHead(status).end()
      return true
    }
    const { exit, out, err } = await digest()
    assert.deepEqual([exit, out], [4, ''])
    assert.match(err, /\((DENIED|MISSING|LIMITED|UNAVAILABLE|INVALID)\)$/, `${status}`)
  }
})

test('Docker-Content-Digest is what is told; where it is absent the manifest is hashed', async () => {
  const expected = await start()
  assert.equal((await digest()).out, expected)
  registry.fault = (_, response) => {
    const { writeHead } = response
    response.writeHead = ((status: number, { 'docker-content-digest': _, ...headers }: Record<string, string> = {}) =>
      writeHead.call(response, status, headers)) as typeof writeHead
    return false
  }
  assert.equal((await digest()).out, expected)
})

test('nothing is read out of a manifest, so that none of today’s lacks what one of schema 1 had; one of schema 1 is refused', async () => {
  await start()
  registry.fault = ({ url }, response) => {
    if (!url?.includes('/manifests/')) return false
    const headers = { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' }
    response.writeHead(200, headers).end()
    return true
  }
  assert.match((await digest()).err, /is no manifest. \(INVALID\)/)
})

test('a challenge is read with commas and equals signs in its values', async () => {
  await start()
  const [challenge] = parseChallenges('Bearer realm="https://a.example/token?a=b,c",scope="repository:a:pull,push"')
  assert.deepEqual(challenge?.parameters, { realm: 'https://a.example/token?a=b,c', scope: 'repository:a:pull,push' })
})

test('wrong use ends with 64', async () => {
  await start()
  assert.equal((await run('digest', registry.host, 'team/app')).exit, 64)
})

test('every manifest type is accepted, so that an OCI tag is there', async () => {
  await start()
  await digest()
  assert.match(
    registry.requests[0]?.accept ?? '',
    /oci\.image\.index.*oci\.image\.manifest.*manifest\.list.*manifest\.v2/,
  )
})
