import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { FakeRegistry, type FakeRegistryOptions } from '@livepods/fakes'
import { Hosts } from '../../src/registry/hosts.ts'
import { MEDIA_TYPES } from '../../src/registry/manifests.ts'
import { Registry } from '../../src/registry/registry.ts'
import { hostsOf } from '../support/watch.ts'

let fake: FakeRegistry
let registry: Registry
const app = () => ({ host: fake.host, repository: 'team/app' })

async function start(options: FakeRegistryOptions = {}): Promise<void> {
  await fake?.[Symbol.asyncDispose]()
  registry?.[Symbol.dispose]()
  fake = await FakeRegistry.start(options)
  registry = new Registry({ hosts: hostsOf(fake) })
}

beforeEach(async () => await start())
afterEach(async () => {
  registry[Symbol.dispose]()
  await fake[Symbol.asyncDispose]()
})

const answer = (response: ServerResponse, status: number, headers: Record<string, string> = {}, body = '') => {
  response.writeHead(status, headers).end(body)
  return true
}

test('asks for a digest with one HEAD that accepts all four types', async () => {
  const digest = fake.push('team/app', 'latest', 'one')
  assert.equal((await registry.readTag(app(), 'latest')).digest, digest)
  assert.equal(fake.requests.length, 1)
  assert.equal(fake.requests[0]?.method, 'HEAD')
  assert.equal(fake.requests[0]?.accept, MEDIA_TYPES.join(', '))
})

test('keeps what it knows at a 304, which has no digest', async () => {
  fake.push('team/app', 'latest', 'one')
  const known = await registry.readTag(app(), 'latest')
  assert.deepEqual(await registry.readTag(app(), 'latest', known), known)
  const next = fake.push('team/app', 'latest', 'two')
  assert.equal((await registry.readTag(app(), 'latest', known)).digest, next)
  fake.fault = (_, response) => answer(response, 304)
  await assert.rejects(registry.readTag(app(), 'latest'), { code: 'INVALID' })
})

test('hashes the manifest where the registry tells no digest', async () => {
  const digest = fake.push('team/app', 'latest', 'one')
  fake.fault = (_, response) => {
    const { writeHead } = response
    response.writeHead = ((status: number, headers: Record<string, string>) =>
      writeHead.call(response, status, { 'content-type': headers?.['content-type'] })) as typeof writeHead
    return false
  }
  assert.equal((await registry.readTag(app(), 'latest')).digest, digest)
  assert.deepEqual(
    fake.requests.map(({ method }) => method),
    ['HEAD', 'GET'],
  )
})

describe('an answer that is none is an error, and no digest', () => {
  const header = (digest: string) => ({ 'content-type': MEDIA_TYPES[0] as string, 'docker-content-digest': digest })
  const FAULTS: [what: string, code: string, status: number, headers: Record<string, string>][] = [
    ['a tag that is gone', 'MISSING', 404, {}],
    ['a repository that may not be read', 'DENIED', 403, {}],
    ['a fault of the server', 'UNAVAILABLE', 500, {}],
    ['a bad gateway', 'UNAVAILABLE', 502, {}],
    ['too many requests', 'LIMITED', 429, {}],
    ['an overloaded server', 'LIMITED', 503, {}],
    ['a page of HTML', 'INVALID', 200, { 'content-type': 'text/html' }],
    [
      'a manifest of schema 1',
      'INVALID',
      200,
      { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' },
    ],
    ['a digest that is too short', 'INVALID', 200, header('sha256:abc')],
    ['a digest that is too long', 'INVALID', 200, header(`sha256:${'a'.repeat(65)}`)],
    ['a digest of an unknown kind', 'INVALID', 200, header(`md5:${'a'.repeat(32)}`)],
    ['a redirect to nowhere', 'INVALID', 302, { location: 'ftp://x/' }],
  ]
  for (const [what, code, status, headers] of FAULTS)
    test(what, async () => {
      fake.push('team/app', 'latest', 'one')
      fake.fault = (_, response) => answer(response, status, headers)
      await assert.rejects(registry.readTag(app(), 'latest'), { code })
    })

  test('a connection that is cut', async () => {
    fake.fault = (request) => Boolean(request.socket.destroy())
    await assert.rejects(registry.readTag(app(), 'latest'), { code: 'UNAVAILABLE' })
  })

  test('a server that never answers', async () => {
    fake.fault = () => true
    using hasty = new Registry({ hosts: hostsOf(fake), answerWithinMs: 100 })
    await assert.rejects(hasty.readTag(app(), 'latest'), { code: 'UNAVAILABLE', message: /no answer within 100 ms/ })
  })
})

test('reads no more of an answer of 100 MB than it may have', async () => {
  const digest = fake.push('team/app', 'latest', 'one')
  let written = 0
  fake.fault = (_, response) => {
    response.writeHead(200, { 'content-type': MEDIA_TYPES[0] as string })
    const chunk = Buffer.alloc(1024 * 1024)
    const more = () => {
      while (written < 100 && !response.destroyed) {
        written++
        if (!response.write(chunk)) return void response.once('drain', more)
      }
    }
    more()
    return true
  }
  await assert.rejects(registry.confirmDigest(app(), digest), { code: 'INVALID', message: /4194304 bytes/ })
  assert.ok(written < 50, `${written} MB were written`)
})

test('confirms a digest by the hash of what it names', async () => {
  const digest = fake.push('team/app', 'latest', 'one')
  await registry.confirmDigest(app(), digest)
  fake.fault = (_, response) => answer(response, 200, { 'content-type': MEDIA_TYPES[0] as string }, '{"other":true}')
  await assert.rejects(registry.confirmDigest(app(), digest), { code: 'INVALID' })
})

describe('tokens', () => {
  test('one is fetched for a repository and used until it expires', async () => {
    await start({ anonymousTokens: true })
    fake.push('team/app', 'latest', 'one')
    await Promise.all([1, 2, 3, 4].map(() => registry.readTag(app(), 'latest')))
    await registry.readTag(app(), 'latest')
    assert.equal(fake.asked(/^\/token/), 1)
    assert.match(
      fake.requests.find(({ url }) => url.startsWith('/token'))?.url ?? '',
      /scope=repository%3Ateam%2Fapp%3Apull/,
    )
  })

  test('another is fetched when the registry does not accept it any more', async () => {
    await start({ anonymousTokens: true })
    const digest = fake.push('team/app', 'latest', 'one')
    await registry.readTag(app(), 'latest')
    fake.fault = ({ headers, url }, response) => {
      if (url?.startsWith('/token') || headers.authorization !== 'Bearer token-1') return false
      const challenge = `Bearer realm="${fake.url}/token",service="fake",error="invalid_token"`
      return answer(response, 401, { 'www-authenticate': challenge })
    }
    assert.equal((await registry.readTag(app(), 'latest')).digest, digest)
    assert.equal(fake.asked(/^\/token/), 2)
  })

  test('there is one for each scope, where tags need another one than manifests, asked at the same time or in turn', async () => {
    await start({ anonymousTokens: true })
    const digest = fake.push('team/app', 'latest', 'one')
    const scopes = new Map<string, string>()
    fake.fault = ({ headers, url = '' }, response) => {
      const { pathname, searchParams } = new URL(url, fake.url)
      if (pathname === '/token') {
        const token = `token-${scopes.size}`
        scopes.set(`Bearer ${token}`, searchParams.get('scope') ?? '')
        return answer(response, 200, {}, JSON.stringify({ token, expires_in: 300 }))
      }
      const scope = `repository:team/app:${pathname.endsWith('/tags/list') ? 'metadata_read' : 'pull'}`
      if (scopes.get(headers.authorization ?? '') === scope) return false
      return answer(response, 401, { 'www-authenticate': `Bearer realm="${fake.url}/token",scope="${scope}"` })
    }
    for (let time = 0; time < 3; time++) {
      const [state, tags] = await Promise.all([registry.readTag(app(), 'latest'), registry.listTags(app())])
      assert.deepEqual([state.digest, tags], [digest, ['latest']])
      assert.deepEqual(await registry.listTags(app()), ['latest'])
      assert.equal((await registry.readTag(app(), 'latest')).digest, digest)
    }
    assert.deepEqual([...scopes.values()].sort(), ['repository:team/app:metadata_read', 'repository:team/app:pull'])
  })

  test('credentials go to the token service, and the token to the registry', async () => {
    const user = { username: 'me', password: 'secret' }
    await start({ user })
    const digest = fake.push('team/app', 'latest', 'one')
    assert.equal((await registry.readTag({ ...app(), credential: user }, 'latest')).digest, digest)
    for (const { url, authorization = '' } of fake.requests)
      assert.match(authorization, url.startsWith('/token') ? /^Basic / : /^(Bearer .*)?$/)
    await assert.rejects(registry.readTag({ ...app(), credential: { username: 'me', password: 'wrong' } }, 'latest'), {
      code: 'DENIED',
      message: /does not accept/,
    })
    await assert.rejects(registry.readTag(app(), 'latest'), { code: 'DENIED' })
  })

  test('a user at an open registry is no fault', async () => {
    const digest = fake.push('team/app', 'latest', 'one')
    const credential = { username: 'me', password: 'secret' }
    assert.equal((await registry.readTag({ ...app(), credential }, 'latest')).digest, digest)
  })

  test('Basic is answered with the password, and only where there is one', async () => {
    fake.push('team/app', 'latest', 'one')
    fake.fault = ({ headers }, response) =>
      headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}`
        ? false
        : answer(response, 401, { 'www-authenticate': 'Basic realm="Registry Realm"' })
    await registry.readTag({ ...app(), credential: { username: 'me', password: 'secret' } }, 'latest')
    await assert.rejects(registry.readTag(app(), 'latest'), { code: 'DENIED', message: /password/ })
  })

  for (const body of ['', '{', '[]', '{"token":7}', '{"token":"two\\r\\nlines"}', 'null'])
    test(`a token service that answers ${JSON.stringify(body)} is a fault`, async () => {
      await start({ anonymousTokens: true })
      fake.fault = ({ url }, response) => url?.startsWith('/token') === true && answer(response, 200, {}, body)
      await assert.rejects(registry.readTag(app(), 'latest'), { code: 'INVALID' })
    })

  for (const realm of [
    'http://169.254.169.254/latest/meta-data',
    'http://localhost:1/token',
    'http://[::ffff:10.0.0.1]/',
  ])
    test(`nobody is asked at ${realm}, where only an internal server can be`, async () => {
      fake.fault = (_, response) => answer(response, 401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` })
      await assert.rejects(registry.readTag(app(), 'latest'), { code: 'INVALID', message: /internal address/ })
    })
})

describe('a redirect', () => {
  test('to another host takes no token along, and leads to no internal address', async () => {
    const user = { username: 'me', password: 'secret' }
    await start({ user })
    const digest = fake.push('team/app', 'latest', 'one')
    await using storage = await FakeRegistry.start()
    storage.push('team/app', 'latest', 'one')
    fake.fault = ({ url, headers }, response) =>
      url?.startsWith('/v2') === true && headers.authorization !== undefined
        ? answer(response, 307, { location: `${storage.url}${url}` })
        : false
    await assert.rejects(registry.readTag({ ...app(), credential: user }, 'latest'), { message: /internal address/ })
    assert.equal(storage.requests.length, 0)
    using allowing = new Registry({ hosts: hostsOf(fake, { allow: [storage.host] }) })
    assert.equal((await allowing.readTag({ ...app(), credential: user }, 'latest')).digest, digest)
    assert.equal(storage.requests[0]?.authorization, undefined)
  })

  test('to a registry that wants a token is followed with one of that registry, and without our credentials', async () => {
    await using ghcr = await FakeRegistry.start({ anonymousTokens: true })
    const digest = ghcr.push('team/app', 'latest', 'one')
    fake.fault = ({ url = '' }, response) => answer(response, 307, { location: `${ghcr.url}${url}` })
    using leading = new Registry({ hosts: hostsOf(fake, { allow: [ghcr.host] }) })
    const repository = { ...app(), credential: { username: 'me', password: 'secret' } }
    for (let time = 0; time < 2; time++) assert.equal((await leading.readTag(repository, 'latest')).digest, digest)
    assert.deepEqual(await leading.listTags(repository), ['latest'])
    const tokens = ghcr.requests.filter(({ url }) => !url.startsWith('/v2'))
    assert.equal(tokens.length, 1)
    assert.ok(tokens.every(({ url, authorization }) => authorization === undefined && !url.includes('account=')))
    assert.ok(ghcr.requests.every(({ authorization }) => !authorization?.startsWith('Basic')))
    assert.ok(fake.requests.every(({ authorization }) => authorization === undefined))
  })

  test('to a registry that wants a password is refused, and does not get ours', async () => {
    await using other = await FakeRegistry.start()
    other.fault = (_, response) => answer(response, 401, { 'www-authenticate': 'Basic realm="x"' })
    fake.fault = ({ url = '' }, response) => answer(response, 307, { location: `${other.url}${url}` })
    using leading = new Registry({ hosts: hostsOf(fake, { allow: [other.host] }) })
    const repository = { ...app(), credential: { username: 'me', password: 'secret' } }
    await assert.rejects(leading.readTag(repository, 'latest'), { code: 'DENIED' })
    assert.ok([...fake.requests, ...other.requests].every(({ authorization }) => authorization === undefined))
  })

  test('from one registry that wants a token to another ends', async () => {
    await using second = await FakeRegistry.start({ anonymousTokens: true })
    await using third = await FakeRegistry.start({ anonymousTokens: true })
    let asked = 0
    second.fault = ({ url = '' }, response) =>
      url.startsWith('/v2') && asked++ > 0 && answer(response, 307, { location: `${third.url}${url}` })
    fake.fault = ({ url = '' }, response) => answer(response, 307, { location: `${second.url}${url}` })
    using leading = new Registry({ hosts: hostsOf(fake, { allow: [second.host, third.host] }) })
    await assert.rejects(leading.readTag(app(), 'latest'), { code: 'INVALID', message: /from one registry to another/ })
  })

  test('in circles ends', async () => {
    fake.fault = ({ url = '' }, response) => answer(response, 302, { location: url })
    await assert.rejects(registry.readTag(app(), 'latest'), { code: 'INVALID', message: /more than 5 times/ })
  })
})

describe('the budget of a host', () => {
  const FORMS: [what: string, headers: () => Record<string, string>][] = [
    ['seconds', () => ({ 'retry-after': '60' })],
    ['a date', () => ({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() })],
    ['nothing', () => ({})],
  ]
  for (const status of [429, 503])
    for (const [what, headers] of FORMS)
      test(`${status} with Retry-After as ${what}: no request follows, not even a GET`, async () => {
        fake.push('team/app', 'latest', 'one')
        fake.fault = (_, response) => answer(response, status, headers())
        await assert.rejects(registry.readTag(app(), 'latest'), { code: 'LIMITED' })
        fake.fault = () => false
        await assert.rejects(registry.readTag(app(), 'latest'), { code: 'LIMITED', message: /the next one in/ })
        assert.equal(fake.requests.length, 1)
      })

  test('nothing is asked any more when ratelimit-remaining is 0', async () => {
    fake.push('team/app', 'latest', 'one')
    fake.fault = (_, response) => {
      response.setHeader('ratelimit-remaining', '0;w=21600')
      return false
    }
    await registry.readTag(app(), 'latest')
    await assert.rejects(registry.readTag(app(), 'latest'), { code: 'LIMITED', message: /in 21600 s/ })
  })

  test('another host is not concerned', async () => {
    await using other = await FakeRegistry.start()
    const digest = other.push('team/app', 'latest', 'one')
    fake.fault = (_, response) => answer(response, 429)
    const endpoint = ({ url }: FakeRegistry) => ({ url: new URL(url), allow: [] })
    const hosts = new Hosts(new Map([fake, other].map((one) => [one.host, endpoint(one)])))
    using both = new Registry({ hosts })
    await assert.rejects(both.readTag(app(), 'latest'), { code: 'LIMITED' })
    assert.equal((await both.readTag({ host: other.host, repository: 'team/app' }, 'latest')).digest, digest)
  })
})

describe('tags', () => {
  test('are read page after page', async () => {
    fake.pageSize = 7
    const tags = Array.from({ length: 40 }, (_, index) => `1.${index}.0`)
    for (const tag of tags) fake.push('team/app', tag, tag)
    assert.deepEqual(await registry.listTags(app()), tags)
    assert.equal(fake.requests.length, 6)
  })

  const LINKS: [what: string, link: string][] = [
    ['leads back to itself', '</v2/team/app/tags/list?n=1000>; rel="next"'],
    ['leads to another host', '<http://169.254.169.254/>; rel=next'],
  ]
  for (const [what, link] of LINKS)
    test(`a next page that ${what} is a fault`, async () => {
      fake.fault = (_, response) => answer(response, 200, { link }, '{"tags":["a"]}')
      await assert.rejects(registry.listTags(app()), { code: 'INVALID' })
    })

  test('more than 10 000 are a fault', async () => {
    const many = JSON.stringify({ tags: Array.from({ length: 10_001 }, (_, index) => `t${index}`) })
    fake.fault = (_, response) => answer(response, 200, {}, many)
    await assert.rejects(registry.listTags(app()), { code: 'INVALID', message: /10000 tags/ })
  })

  test('none is an empty list, and what is no tag is left out', async () => {
    fake.fault = (_, response) => answer(response, 200, {}, '{"tags":null}')
    assert.deepEqual(await registry.listTags(app()), [])
    fake.fault = (_, response) => answer(response, 200, {}, '{"tags":["ok",7,"no tag","../x"]}')
    assert.deepEqual(await registry.listTags(app()), ['ok'])
    fake.fault = (_, response) => answer(response, 200, {}, '<html>')
    await assert.rejects(registry.listTags(app()), { code: 'INVALID' })
  })
})

test('asks the mirror of Docker Hub that the hosts file names', async () => {
  const digest = fake.push('library/nginx', 'latest', 'one')
  using mirrored = new Registry({ hosts: hostsOf(fake, { name: 'docker.io' }) })
  assert.equal((await mirrored.readTag({ host: 'docker.io', repository: 'library/nginx' }, 'latest')).digest, digest)
})

test('asks once more when a connection that it kept was closed just then, and not again', async () => {
  const digest = fake.push('team/app', 'latest', 'one')
  await registry.readTag(app(), 'latest')
  let cuts = 1
  fake.fault = ({ socket }) => {
    if (cuts === 0) return false
    cuts--
    socket.resetAndDestroy()
    return true
  }
  assert.equal((await registry.readTag(app(), 'latest')).digest, digest)
  cuts = 2
  await assert.rejects(registry.readTag(app(), 'latest'), { code: 'UNAVAILABLE' })
  assert.equal(cuts, 0)
})

test('keeps no more connections open than it may', async () => {
  fake.push('team/app', 'latest', 'one')
  let open = 0
  let most = 0
  fake.fault = (request) => {
    if (request.socket.listenerCount('close') < 20 && !(request.socket as { counted?: true }).counted) {
      ;(request.socket as { counted?: true }).counted = true
      most = Math.max(most, ++open)
      request.socket.once('close', () => open--)
    }
    return false
  }
  await Promise.all(Array.from({ length: 50 }, () => registry.readTag(app(), 'latest')))
  assert.ok(most <= 8, `${most} connections`)
})

test('a server whose certificate nobody vouches for is unavailable', async () => {
  const plain = createServer((_, response) => response.end())
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
  const { port } = plain.address() as { port: number }
  await assert.rejects(registry.readTag({ host: `127.0.0.1:${port}`, repository: 'a' }, 'latest'), {
    code: 'UNAVAILABLE',
  })
  plain.close()
})
