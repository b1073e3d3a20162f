import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { imageOf, parseReference } from '../../src/registry/reference.ts'

const SHA = `sha256:${'0a'.repeat(32)}`

const NAMES: [text: string, expected: object][] = [
  ['nginx', { name: 'nginx', host: 'docker.io', repository: 'library/nginx' }],
  ['nginx:1.27', { name: 'nginx', host: 'docker.io', repository: 'library/nginx', tag: '1.27' }],
  ['owner/app:v1', { name: 'owner/app', host: 'docker.io', repository: 'owner/app', tag: 'v1' }],
  ['index.docker.io/library/hello-world', { host: 'docker.io', repository: 'library/hello-world' }],
  ['docker.io/nginx', { host: 'docker.io', repository: 'library/nginx' }],
  ['localhost/app', { host: 'localhost', repository: 'app' }],
  ['localhost:5000/app:x', { name: 'localhost:5000/app', host: 'localhost:5000', repository: 'app', tag: 'x' }],
  ['10.0.2.100:5000/sample/api', { host: '10.0.2.100:5000', repository: 'sample/api' }],
  ['[::1]:5000/a', { host: '[::1]:5000', repository: 'a' }],
  [`ghcr.io/o/n:t@${SHA}`, { name: 'ghcr.io/o/n', host: 'ghcr.io', repository: 'o/n', tag: 't', digest: SHA }],
  [`quay.io/o/n@${SHA}`, { name: 'quay.io/o/n', host: 'quay.io', repository: 'o/n', digest: SHA }],
  ['GHCR.io/o/n', { name: 'GHCR.io/o/n', host: 'ghcr.io', repository: 'o/n' }],
]
for (const [text, expected] of NAMES)
  test(`reads ${text}`, () => assert.deepEqual(parseReference(text), { name: text, ...expected }))

describe('refuses', () => {
  for (const text of [
    '',
    ':tag',
    'name:',
    'name@',
    'name@sha256:abc',
    `name@${SHA.toUpperCase()}`,
    `name@sha256:${'0'.repeat(65)}`,
    `name@${SHA}@${SHA}`,
    'Name',
    'a//b',
    '../etc/passwd',
    'host.example/../../v2/other',
    'host.example/a?x=1',
    'host.example/a#x',
    'user@host.example/a',
    'a b',
    'host.example:99999999/a',
    `host.example/${'a'.repeat(300)}`,
    `name:${'t'.repeat(129)}`,
  ])
    test(JSON.stringify(text), () => assert.throws(() => parseReference(text), { code: 'BAD_REFERENCE' }))
})

test('an image keeps its name as it was written', () => {
  assert.equal(imageOf(parseReference('nginx'), 'latest', SHA), `nginx:latest@${SHA}`)
  assert.equal(
    imageOf(parseReference(`index.docker.io/library/nginx:1@${SHA}`), '1'),
    'index.docker.io/library/nginx:1',
  )
})
