import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { FakeCluster, FakeRegistry } from '@livepods/fakes'
import { eventually } from '@livepods/testing'
import { isSigned, publicKey, type Signature } from '../src/policy/signature.ts'
import { startWatch, type Watch } from './support/watch.ts'

const PAYLOAD = 'application/vnd.dev.cosign.simplesigning.v1+json'
const ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json'
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const DIGEST = `sha256:${'1'.repeat(64)}`
const IMAGE = { host: 'registry.example', repository: 'team/app', digest: DIGEST }

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string

/** Letter by letter as cosign writes it. */
const payloadOf = (name: string, digest: string, type = 'cosign container image signature') =>
  `{"critical":{"identity":{"docker-reference":"${name}"},"image":{"docker-manifest-digest":"${digest}"},"type":"${type}"},"optional":null}`
const statementOf = (digest: string, { type = 'https://sigstore.dev/cosign/sign/v1', name = '' } = {}) =>
  `{"_type":"https://in-toto.io/Statement/v1","subject":[{${name && `"name":"${name}",`}"digest":{"sha256":"${digest.slice(7)}"}}],"predicateType":"${type}","predicate":{}}`
const preAuthenticated = (statement: string) =>
  `DSSEv1 28 application/vnd.in-toto+json ${Buffer.byteLength(statement)} ${statement}`
const signed = (text: string, key: KeyObject) => sign('sha256', Buffer.from(text), key)

describe('a signature counts', () => {
  const { privateKey, publicKey: key } = pair()
  const simple = (text: string, by = privateKey): Signature => ({
    form: 'simple',
    payload: Buffer.from(text),
    signature: signed(text, by),
  })
  const dsse = (text: string, by = privateKey): Signature => ({
    form: 'dsse',
    payload: Buffer.from(text),
    signature: signed(preAuthenticated(text), by),
  })
  const good = payloadOf('registry.example/team/app', DIGEST)
  const other = `sha256:${'2'.repeat(64)}`
  const ROWS: [what: string, signature: Signature, counts: boolean][] = [
    ['of the image', simple(good), true],
    ['of the image with its tag', simple(payloadOf('registry.example/team/app:v1', DIGEST)), true],
    ['of another digest', simple(payloadOf('registry.example/team/app', other)), false],
    ['of another repository', simple(payloadOf('registry.example/team/other', DIGEST)), false],
    ['of another registry', simple(payloadOf('evil.example/team/app', DIGEST)), false],
    ['of no image', simple(payloadOf('No Image', DIGEST)), false],
    ['of another type', simple(payloadOf('registry.example/team/app', DIGEST, 'atomic container signature')), false],
    ['by another key', simple(good, pair().privateKey), false],
    ['of another text', { ...simple(good), payload: Buffer.from(`${good} `) }, false],
    ['that is none', { ...simple(good), signature: Buffer.from('MEUCIQ', 'base64') }, false],
    ['of no JSON', simple('hello'), false],
    ['in an envelope', dsse(statementOf(DIGEST)), true],
    ['in an envelope with a name', dsse(statementOf(DIGEST, { name: 'registry.example/team/app' })), true],
    ['in an envelope of another name', dsse(statementOf(DIGEST, { name: 'registry.example/team/b' })), false],
    ['in an envelope of another digest', dsse(statementOf(other)), false],
    ['in an envelope by another key', dsse(statementOf(DIGEST), pair().privateKey), false],
    ['in an envelope that is an attestation', dsse(statementOf(DIGEST, { type: 'https://spdx.dev/Document' })), false],
    ['of a statement without its envelope', { ...simple(statementOf(DIGEST)), form: 'dsse' }, false],
  ]
  for (const [what, signature, counts] of ROWS)
    test(`${what}: ${counts}`, () => assert.equal(isSigned(signature, key, IMAGE), counts))

  test('of Docker Hub by any of its names', () => {
    const hub = { host: 'docker.io', repository: 'library/nginx', digest: DIGEST }
    for (const name of ['nginx', 'docker.io/library/nginx', 'index.docker.io/library/nginx'])
      assert.equal(isSigned(simple(payloadOf(name, DIGEST)), key, hub), true, name)
  })

  test('by RSA and Ed25519, too', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    assert.equal(isSigned(simple(good, rsa.privateKey), rsa.publicKey, IMAGE), true)
    const ed = generateKeyPairSync('ed25519')
    const signature = sign(null, Buffer.from(good), ed.privateKey)
    assert.equal(isSigned({ ...simple(good), signature }, ed.publicKey, IMAGE), true)
    assert.equal(isSigned(simple(good), ed.publicKey, IMAGE), false)
  })

  test('with a key that is one', () => {
    assert.equal(publicKey(pemOf(key), 'k').asymmetricKeyType, 'ec')
    assert.throws(() => publicKey('-----BEGIN', 'k'), /k is no public key/)
  })
})

describe('a workload with livepods.dev/signature', () => {
  const keys = pair()
  let cluster: FakeCluster
  let registry: FakeRegistry
  let watch: Watch
  const name = () => `${registry.host}/team/app`
  const simpleLayer = (digest: string, key = keys.privateKey) => {
    const content = payloadOf(name(), digest)
    const annotations = { 'dev.cosignproject.cosign/signature': signed(content, key).toString('base64') }
    return { mediaType: PAYLOAD, content, annotations }
  }
  const bundleLayer = (digest: string) => {
    const statement = statementOf(digest)
    const dsseEnvelope = {
      payload: Buffer.from(statement).toString('base64'),
      payloadType: 'application/vnd.in-toto+json',
      signatures: [{ sig: signed(preAuthenticated(statement), keys.privateKey).toString('base64') }],
    }
    const verificationMaterial = { publicKey: { hint: 'x' } }
    return { mediaType: BUNDLE, content: JSON.stringify({ mediaType: BUNDLE, verificationMaterial, dsseEnvelope }) }
  }
  const sigTag = (digest: string) => `${digest.replace(':', '-')}.sig`
  const says = async (pattern: RegExp) =>
    await eventually(() => assert.match(JSON.stringify(watch.reconciler.reports), pattern))
  const rolled = async (digest: string) =>
    await eventually(() => assert.equal(cluster.imageOf('Deployment', 'app'), `${name()}:latest@${digest}`))

  beforeEach(async () => {
    cluster = await FakeCluster.start()
    registry = await FakeRegistry.start()
    cluster.addSecret('signing', { 'cosign.pub': pemOf(keys.publicKey), other: 'no key' })
  })
  afterEach(async () => {
    await watch[Symbol.asyncDispose]()
    await registry[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  })
  async function start(signature = 'signing'): Promise<string> {
    const digest = registry.push('team/app', 'latest', 'one')
    cluster.add('app', { image: `${name()}:latest`, annotations: { 'livepods.dev/signature': signature } })
    watch = await startWatch(cluster, registry)
    return digest
  }

  test('waits until its image is signed by that key, by cosign’s tag', async () => {
    const digest = await start()
    await says(/It has no signature of signing/)
    registry.attach('team/app', { tag: sigTag(digest), layers: [simpleLayer(digest, pair().privateKey)] })
    watch.look()
    await eventually(() => assert.ok(registry.asked(/blobs/) > 0))
    await eventually(() => assert.equal(watch.reconciler.isIdle, true))
    assert.equal(cluster.patches('app'), 0)
    const layers = [simpleLayer(digest, pair().privateKey), simpleLayer(digest)]
    registry.attach('team/app', { tag: sigTag(digest), layers })
    watch.look()
    await rolled(digest)
  })

  for (const [what, hasReferrers] of [
    ['referrers', true],
    ['the tag of referrers, where the registry has no API for them', false],
  ] as const)
    for (const [form, artifactType] of [
      ['a payload', ARTIFACT],
      ['a bundle', BUNDLE],
    ] as const)
      test(`rolls with ${form} in ${what}`, async () => {
        registry.hasReferrers = hasReferrers
        const digest = registry.push('team/app', 'latest', 'one')
        const foreign = { mediaType: 'application/spdx+json', content: '{}' }
        registry.attach('team/app', { subject: digest, artifactType: 'application/spdx+json', layers: [foreign] })
        const layers = [artifactType === BUNDLE ? bundleLayer(digest) : simpleLayer(digest)]
        registry.attach('team/app', { subject: digest, artifactType, layers })
        if (!hasReferrers) registry.tagReferrers('team/app', digest)
        await start('signing/cosign.pub')
        await rolled(digest)
      })

  test('does not roll with the signature of another digest, nor when somebody asks for it', async () => {
    const digest = await start()
    const other = registry.push('team/app', 'other', 'two')
    registry.attach('team/app', { tag: sigTag(digest), layers: [simpleLayer(other)] })
    watch.look()
    await says(/It has no signature of signing/)
    await watch[Symbol.asyncDispose]()
    watch = await startWatch(cluster, registry, { isAsked: true })
    await says(/It has no signature of signing/)
    assert.equal(cluster.patches('app'), 0)
  })

  for (const [what, annotation, pattern] of [
    ['that is not there', 'none', /key of livepods.dev\/signature is not there/],
    ['of another name in the Secret', 'signing/none', /key of livepods.dev\/signature is not there/],
    ['that is none', 'signing/other', /is no public key/],
  ] as const)
    test(`does not roll with a key ${what}`, async () => {
      await start(annotation)
      await says(pattern)
      assert.equal(cluster.patches('app'), 0)
    })

  test('does not roll while the registry does not say', async () => {
    const digest = registry.push('team/app', 'latest', 'one')
    registry.attach('team/app', { tag: sigTag(digest), layers: [simpleLayer(digest)] })
    registry.fault = ({ url }, response) => {
      if (!url?.includes('.sig')) return false
      response.writeHead(500).end()
      return true
    }
    await start()
    await says(/answered 500/)
    registry.fault = () => false
    watch.look()
    await rolled(digest)
  })
})
