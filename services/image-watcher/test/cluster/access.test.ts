import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { kubeconfigAccess, serviceAccountAccess } from '../../src/cluster/access.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'access-'))
})
after(async () => await rm(folder, { recursive: true }))

async function config(user: object, cluster: object = {}): Promise<string> {
  const path = join(folder, 'config')
  const text = JSON.stringify({
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: 'prod' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  })
  await writeFile(path, text)
  return path
}
const base64 = (text: string) => Buffer.from(text).toString('base64')

test('a service account has its token read from its folder, and its namespace', async () => {
  for (const [file, text] of Object.entries({ 'ca.crt': 'PEM', namespace: 'livepods\n', token: 'abc\n' }))
    await writeFile(join(folder, file), text)
  const access = await serviceAccountAccess(folder)
  assert.equal(access.namespace, 'livepods')
  assert.equal(access.ca, 'PEM')
  assert.equal(await access.token?.(), 'abc')
  await assert.rejects(serviceAccountAccess(join(folder, 'none')), { code: 'NO_CLUSTER_ACCESS' })
})

test('a token that was replaced is read again, at most once a minute', async (t) => {
  let nowMs = 1_000_000
  t.mock.method(performance, 'now', () => nowMs)
  for (const file of ['ca.crt', 'namespace']) await writeFile(join(folder, file), 'x')
  await writeFile(join(folder, 'token'), 'first')
  const { token } = await serviceAccountAccess(folder)
  assert.equal(await token?.(), 'first')
  await writeFile(join(folder, 'token'), 'second')
  nowMs += 59_000
  assert.equal(await token?.(), 'first')
  nowMs += 2000
  assert.equal(await token?.(), 'second')
})

describe('a kubeconfig', () => {
  test('with a token', async () => {
    const access = await kubeconfigAccess(await config({ token: 't' }, { 'certificate-authority-data': base64('CA') }))
    assert.equal(access.url.href, 'https://api.example:6443/')
    assert.equal(access.namespace, 'prod')
    assert.equal(access.ca, 'CA')
    assert.equal(await access.token?.(), 't')
  })

  test('with a client certificate, in it or beside it', async () => {
    await writeFile(join(folder, 'key.pem'), 'KEY')
    const access = await kubeconfigAccess(
      await config({ 'client-certificate-data': base64('CERT'), 'client-key': 'key.pem' }),
    )
    assert.deepEqual([access.cert, access.key, access.token], ['CERT', 'KEY', undefined])
  })

  for (const [what, user, cluster] of [
    ['that signs in by a program', { exec: { command: 'aws' } }, {}],
    ['that does not verify the server', { token: 't' }, { 'insecure-skip-tls-verify': true }],
  ] as const)
    test(`${what} is refused`, async () => {
      await assert.rejects(kubeconfigAccess(await config(user, cluster)), { code: 'NO_CLUSTER_ACCESS' })
    })

  test('without its context is refused', async () => {
    const path = join(folder, 'empty')
    await writeFile(path, '')
    await assert.rejects(kubeconfigAccess(path), { code: 'NO_CLUSTER_ACCESS' })
  })
})
