import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { DOCKER_REGISTRY, DockerRegistry } from '@livepods/testing'
import { Hosts } from '../../src/registry/hosts.ts'
import { Registry } from '../../src/registry/registry.ts'

describe('Debian’s docker-registry', { skip: DOCKER_REGISTRY ? false : 'DOCKER_REGISTRY names none' }, () => {
  let real: DockerRegistry
  let registry: Registry
  const app = () => ({ host: real.host, repository: 'sample/api' })

  before(async () => {
    real = await DockerRegistry.start(`${DOCKER_REGISTRY}`)
    const hosts = new Hosts(new Map([[real.host, { url: new URL(`http://${real.host}`), allow: [] }]]))
    registry = new Registry({ hosts })
  })
  after(async () => {
    registry[Symbol.dispose]()
    await real[Symbol.asyncDispose]()
  })

  test('tells the digest of an OCI tag, and another one when the tag moved', async () => {
    const one = await real.push('sample/api', 'latest', 'one')
    const known = await registry.readTag(app(), 'latest')
    assert.equal(known.digest, one)
    assert.deepEqual(await registry.readTag(app(), 'latest', known), known)
    const two = await real.push('sample/api', 'latest', 'two')
    assert.notEqual(one, two)
    assert.equal((await registry.readTag(app(), 'latest', known)).digest, two)
    await registry.confirmDigest(app(), one)
    await registry.confirmDigest(app(), two)
  })

  test('lists tags, and has nothing of what is not there', async () => {
    await real.push('sample/tags', 'a', 'one')
    await real.push('sample/tags', 'b', 'one')
    const tags = await registry.listTags({ ...app(), repository: 'sample/tags' })
    assert.deepEqual(tags.sort(), ['a', 'b'])
    await assert.rejects(registry.readTag(app(), 'none'), { code: 'MISSING' })
    await assert.rejects(registry.readTag({ ...app(), repository: 'sample/none' }, 'latest'), { code: 'MISSING' })
  })
})
