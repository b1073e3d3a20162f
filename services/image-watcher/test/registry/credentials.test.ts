import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Keyring } from '../../src/registry/credentials.ts'
import { parseReference } from '../../src/registry/reference.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const auth = (username: string, password: string) => ({ auth: base64(`${username}:${password}`) })
const user = (keyring: Keyring, image: string) => keyring.find(parseReference(image))?.username

test('reads pull secrets of all three formats', () => {
  const auths = { 'ghcr.io': auth('one', 'p:with:colons') }
  const json = base64(JSON.stringify({ auths }))
  const modern = Keyring.ofSecret({ type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': json } })
  const old = Keyring.ofSecret({
    type: 'kubernetes.io/dockercfg',
    data: { '.dockercfg': base64(JSON.stringify(auths)) },
  })
  const opaque = Keyring.ofSecret({ type: 'Opaque', data: { 'config.json': json } })
  for (const keyring of [modern, old, opaque])
    assert.deepEqual(keyring.find(parseReference('ghcr.io/a/b')), { username: 'one', password: 'p:with:colons' })
})

test('reads an entry by its auth, its user and password, or its identity token', () => {
  const keyring = new Keyring({
    'a.example': auth('auth', 'x'),
    'b.example': { username: 'plain', password: 'y' },
    'c.example': { identitytoken: 'z' },
  })
  assert.equal(user(keyring, 'a.example/i'), 'auth')
  assert.equal(user(keyring, 'b.example/i'), 'plain')
  assert.equal(keyring.find(parseReference('c.example/i'))?.identityToken, 'z')
})

test('finds the one for a repository as the kubelet does', () => {
  const keyring = new Keyring({
    'https://index.docker.io/v1/': auth('hub', 'x'),
    'registry.example.com': auth('all', 'x'),
    'registry.example.com/team': auth('team', 'x'),
    'registry.example.com/team/app': auth('app', 'x'),
    'registry.example.com:5000': auth('port', 'x'),
    '*.dkr.ecr.*.amazonaws.com': auth('aws', 'x'),
  })
  assert.equal(user(keyring, 'nginx'), 'hub')
  assert.equal(user(keyring, 'registry.example.com/other'), 'all')
  assert.equal(user(keyring, 'registry.example.com/team/other'), 'team')
  assert.equal(user(keyring, 'registry.example.com/team/app'), 'app')
  assert.equal(user(keyring, 'registry.example.com/teamwork'), 'all')
  assert.equal(user(keyring, 'registry.example.com:5000/team'), 'port')
  assert.equal(user(keyring, '1234.dkr.ecr.eu-west-1.amazonaws.com/app'), 'aws')
  assert.equal(user(keyring, 'dkr.ecr.eu-west-1.amazonaws.com/app'), undefined)
  assert.equal(user(keyring, 'evil.example/registry.example.com'), undefined)
})

test('takes nothing from what is no pull secret', () => {
  for (const text of ['', '{', '[]', '{"auths":[]}', '{"auths":{"ghcr.io":null}}', '{"auths":{"ghcr.io":{"auth":7}}}'])
    assert.equal(user(Keyring.ofConfig(text), 'ghcr.io/a'), undefined, text)
})
